import { type Architecture, type Family, familyNames } from './architecture.ts';
import type { Config, RopeParameters } from './configSchema.ts';
import type { ExpertsTrait } from './expertsConfig.ts';
import { type LayerForm, llamaLayers } from './layerForm.ts';

/*
 * The supported model families, a row each: the defaults of its `config.json`, what of it is read, and the parts of its
 * layers. Nothing else knows a family by its name.
 */

/** Whether a bias is there: always, never, or as a flag says, with what holds where the flag is absent. */
export type BiasTrait =
  | boolean
  | { readonly flag: 'attention_bias' | 'attention_out_bias' | 'mlp_bias'; readonly absent: boolean };

/** What a family's `config.json` may leave out and which features its layers have. */
export interface FamilyTraits {
  /** Values of absent fields: the defaults of transformers' configuration classes (`configuration_*.py`, 5.18). */
  readonly defaults: {
    /** `derived`: as many as `num_attention_heads`. */
    readonly keyValueHeads: number | 'derived';
    /** `derived`: `hidden_size / num_attention_heads`. */
    readonly headDim: number | 'derived';
    readonly maxPositions: number;
    readonly rmsNormEps: number;
    readonly tied: boolean;
    readonly slidingWindow: number | null;
  };
  readonly rope: {
    readonly theta: number;
    /** What stands for absent parameters. */
    readonly absent?: RopeParameters;
    /** Whether `llama_4_scaling_beta` is read. */
    readonly queryGrowth?: boolean;
    /** The share of a head that is rotated where none is given; left out where it is always the whole head. */
    readonly partial?: number;
    /** What stands for an absent length, which wins over one among the parameters. */
    readonly originalMaxPositions?: number;
    /** Types by the names that the family had for them. */
    readonly types?: Readonly<Record<string, string>>;
    /** Of sliding layers: they have parameters of their own, with this base where none is given. */
    readonly sliding?: { readonly theta: number; readonly field?: 'rope_local_base_freq' };
  };
  /** Biases of `q_proj`, `k_proj`, `v_proj`: always, never, or as a flag says. */
  readonly inputBias: BiasTrait;
  /** Bias of `o_proj`. */
  readonly outputBias: BiasTrait;
  /** Biases of `gate_proj`, `up_proj`, `down_proj`. */
  readonly mlpBias: BiasTrait;
  readonly window: {
    /** When `sliding_window` takes effect: never read, whenever set, or only with `use_sliding_window`. */
    readonly effect: 'ignored' | 'set' | 'flag';
    /** Whether a layer has it where `layer_types` does not say; left out where each has, whatever that says. */
    readonly has?: (layer: number, config: Config) => boolean;
  };
  /** Reads what only this family's `config.json` has. */
  readonly reads?: (config: Config, layers: number) => Partial<Architecture>;
  /** Some layers, or all, are a mixture of experts. */
  readonly experts?: ExpertsTrait;
  readonly layers: LayerForm;
}

const defaults = {
  keyValueHeads: 'derived',
  headDim: 'derived',
  maxPositions: 2048,
  rmsNormEps: 1e-6,
  tied: false,
  slidingWindow: null,
} as const;

/** Llama's, whose row the others vary. */
const llama: FamilyTraits = {
  defaults,
  rope: { theta: 10_000 },
  inputBias: { flag: 'attention_bias', absent: false },
  outputBias: { flag: 'attention_bias', absent: false },
  mlpBias: { flag: 'mlp_bias', absent: false },
  window: { effect: 'ignored' },
  layers: llamaLayers,
};

const unbiased = { inputBias: false, outputBias: false, mlpBias: false } as const;

const fusedGateUp = { module: 'mlp.gate_up_proj', parts: ['gate_proj', 'up_proj'] } as const;
const fusedAttention = { module: 'self_attn.qkv_proj', parts: ['q_proj', 'k_proj', 'v_proj'] } as const;

const mixtralExperts = {
  block: 'block_sparse_moe',
  projections: { gate_proj: 'w1', up_proj: 'w3', down_proj: 'w2' },
} as const;

/** Layers from `max_window_layers` on have the window (Qwen2, Qwen3). */
const fromLayer = (layer: number, { max_window_layers: from }: Config) => layer >= (from ?? 28);
/** Every so many layers one has no window. */
const allButEvery = (count: number) => (layer: number) => (layer + 1) % count !== 0;

/** A field, unless it is absent or does nothing. */
const unless = (nothing: number, value: number | null | undefined) =>
  value === undefined || value === null || value === nothing ? undefined : value;

/** Without fields that are undefined, so that architectures compare by what they have. */
function present(fields: Partial<Architecture>): Partial<Architecture> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

const olmoLayers: LayerForm = {
  ...llamaLayers,
  norms: { attentionWrite: 'post_attention_layernorm', mlpWrite: 'post_feedforward_layernorm' },
  queryKeyNorm: 'row',
};

const gemmaLayers: LayerForm = {
  ...llamaLayers,
  norms: {
    attentionInput: 'input_layernorm',
    attentionWrite: 'post_attention_layernorm',
    mlpInput: 'pre_feedforward_layernorm',
    mlpWrite: 'post_feedforward_layernorm',
  },
  normsAddOne: true,
  activation: 'geluTanh',
};

/** @param caps where a field is absent; of Gemma 3's attention none is ever applied, whatever its field says */
const gemmaReads =
  (caps: { readonly attention: number | 'never'; readonly logits: number | null }) => (config: Config) => {
    const { attn_logit_softcapping: attention = caps.attention, final_logit_softcapping: logits = caps.logits } =
      config;
    return present({
      embeddingScale: Math.sqrt(config.hidden_size),
      attentionScale: (config.query_pre_attn_scalar ?? 256) ** -0.5,
      attentionSoftCap: caps.attention === 'never' || attention === 'never' ? undefined : (attention ?? undefined),
      logitSoftCap: logits ?? undefined,
    });
  };

/** By `model_type`. EvoLM's checkpoints are `llama`, Qwen2.5's are `qwen2`, Phi-4's are `phi3`. */
export const families: Readonly<Record<Family, FamilyTraits>> = {
  llama,
  mistral: {
    ...llama,
    ...unbiased,
    defaults: { ...defaults, keyValueHeads: 8, maxPositions: 131_072, slidingWindow: 4096 },
    window: { effect: 'set', has: () => true },
  },
  ministral3: {
    ...llama,
    ...unbiased,
    defaults: { ...defaults, keyValueHeads: 8, headDim: 128, maxPositions: 262_144, rmsNormEps: 1e-5 },
    rope: {
      theta: 10_000,
      queryGrowth: true,
      absent: {
        rope_type: 'yarn',
        rope_theta: 1e6,
        factor: 16,
        original_max_position_embeddings: 16_384,
        beta_fast: 32,
        beta_slow: 1,
        mscale: 1,
        mscale_all_dim: 1,
        llama_4_scaling_beta: 0.1,
      },
    },
    window: { effect: 'set' },
  },
  qwen2: {
    ...llama,
    ...unbiased,
    defaults: { ...defaults, keyValueHeads: 32, maxPositions: 32_768, slidingWindow: 4096 },
    inputBias: true,
    window: { effect: 'flag', has: fromLayer },
  },
  qwen3: {
    ...llama,
    defaults: { ...defaults, keyValueHeads: 32, headDim: 128, maxPositions: 32_768, slidingWindow: 4096 },
    mlpBias: false,
    window: { effect: 'flag', has: fromLayer },
    layers: { ...llamaLayers, queryKeyNorm: 'head' },
  },
  qwen3_moe: {
    ...llama,
    defaults: { ...defaults, keyValueHeads: 4, maxPositions: 32_768, slidingWindow: 4096 },
    mlpBias: false,
    window: { effect: 'flag' },
    experts: { count: 128, perToken: 8, intermediateSize: 768, normalised: 'flag' },
    layers: { ...llamaLayers, queryKeyNorm: 'head' },
  },
  olmoe: {
    ...llama,
    defaults: { ...defaults, maxPositions: 4096, rmsNormEps: 1e-5 },
    mlpBias: false,
    experts: { count: 64, perToken: 8, intermediateSize: 'own', normalised: 'flag' },
    layers: { ...llamaLayers, queryKeyNorm: 'row' },
  },
  mixtral: {
    ...llama,
    ...unbiased,
    defaults: { ...defaults, keyValueHeads: 8, maxPositions: 131_072, rmsNormEps: 1e-5 },
    rope: { theta: 1e6 },
    window: { effect: 'set' },
    experts: { count: 8, perToken: 2, intermediateSize: 'own', normalised: 'always' },
    layers: { ...llamaLayers, experts: mixtralExperts },
  },
  seed_oss: {
    ...llama,
    defaults: { ...defaults, keyValueHeads: 8, headDim: 128, maxPositions: 524_288 },
    inputBias: { flag: 'attention_bias', absent: true },
    outputBias: { flag: 'attention_out_bias', absent: false },
  },
  smollm3: {
    ...llama,
    defaults: { ...defaults, keyValueHeads: 4, maxPositions: 32_768, tied: true },
    rope: { theta: 2e6 },
    window: { effect: 'flag', has: (layer, config) => isUnrotated(layer, config) },
    reads: (config, layers) => {
      const unrotated = Array.from({ length: layers }, (_, layer) => layer).filter((each) => isUnrotated(each, config));
      return unrotated.length === 0 ? {} : { unrotatedLayers: unrotated };
    },
  },
  granite: {
    ...llama,
    reads: (config) =>
      present({
        embeddingScale: unless(1, config.embedding_multiplier),
        attentionScale: config.attention_multiplier ?? 1,
        residualScale: unless(1, config.residual_multiplier),
        logitDivisor: unless(1, config.logits_scaling),
      }),
  },
  olmo2: { ...llama, defaults: { ...defaults, rmsNormEps: 1e-5 }, mlpBias: false, layers: olmoLayers },
  olmo3: {
    ...llama,
    defaults: { ...defaults, rmsNormEps: 1e-5, slidingWindow: 4096 },
    rope: { theta: 500_000, sliding: { theta: 500_000 } },
    mlpBias: false,
    window: { effect: 'set', has: allButEvery(4) },
    layers: olmoLayers,
  },
  gemma2: {
    ...llama,
    defaults: { ...defaults, keyValueHeads: 4, headDim: 256, maxPositions: 8192, tied: true, slidingWindow: 4096 },
    mlpBias: false,
    window: { effect: 'set', has: allButEvery(2) },
    reads: gemmaReads({ attention: 50, logits: 30 }),
    layers: gemmaLayers,
  },
  gemma3_text: {
    ...llama,
    defaults: { ...defaults, keyValueHeads: 4, headDim: 256, maxPositions: 131_072, tied: true, slidingWindow: 4096 },
    rope: { theta: 1e6, sliding: { theta: 10_000, field: 'rope_local_base_freq' } },
    mlpBias: false,
    window: { effect: 'set', has: (layer, config) => allButEvery(config.sliding_window_pattern ?? 6)(layer) },
    reads: gemmaReads({ attention: 'never', logits: null }),
    layers: { ...gemmaLayers, queryKeyNorm: 'head' },
  },
  phi3: {
    ...llama,
    ...unbiased,
    defaults: { ...defaults, maxPositions: 4096, rmsNormEps: 1e-5 },
    rope: {
      theta: 10_000,
      partial: 1,
      originalMaxPositions: 4096,
      types: { su: 'longrope', yarn: 'longrope' },
    },
    window: { effect: 'set' },
    layers: { ...llamaLayers, fused: [fusedAttention, fusedGateUp] },
  },
  glm4: {
    ...llama,
    ...unbiased,
    defaults: { ...defaults, keyValueHeads: 2, headDim: 128, maxPositions: 131_072, rmsNormEps: 1.5625e-7 },
    rope: { theta: 10_000, partial: 0.5 },
    inputBias: { flag: 'attention_bias', absent: true },
    layers: {
      ...llamaLayers,
      norms: {
        attentionInput: 'input_layernorm',
        attentionWrite: 'post_self_attn_layernorm',
        mlpInput: 'post_attention_layernorm',
        mlpWrite: 'post_mlp_layernorm',
      },
      rotaryPairs: 'neighbours',
      fused: [fusedGateUp],
    },
  },
};

/** SmolLM3: the list has a 0 for a layer that is not rotated; without it every fourth is not. */
function isUnrotated(layer: number, { no_rope_layers: rotated, no_rope_layer_interval: every }: Config): boolean {
  return rotated === undefined || rotated === null ? (layer + 1) % (every ?? 4) === 0 : rotated[layer] === 0;
}

/** Other names of families: transformers 5 has this one for a Mistral whose `layer_types` are given. */
const otherNames: Readonly<Record<string, Family>> = { ministral: 'mistral' };

/** The family of a `model_type`; undefined where it is none of these. */
export function familyNamed(modelType: string): Family | undefined {
  if (Object.hasOwn(otherNames, modelType)) return otherNames[modelType];
  return familyNames.find((name) => name === modelType);
}

/** The parts of the layers of an architecture's family. */
export function layerForm({ family }: Pick<Architecture, 'family'>): LayerForm {
  return families[family].layers;
}
