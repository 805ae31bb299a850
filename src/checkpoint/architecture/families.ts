import type { Family } from './architecture.ts';

/* The supported model families: for each the defaults of its `config.json` and the features of its layers. */

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
    readonly ropeTheta: number;
    readonly slidingWindow: number | null;
    /** Layers from this one on have the window. */
    readonly maxWindowLayers: number;
  };
  /** Biases of `q_proj`, `k_proj`, `v_proj`: always, never, or as a flag says. */
  readonly inputBias: BiasTrait;
  /** Bias of `o_proj`. */
  readonly outputBias: BiasTrait;
  /** Biases of `gate_proj`, `up_proj`, `down_proj`. */
  readonly mlpBias: BiasTrait;
  /** Per-head RMSNorm on queries and keys. */
  readonly queryKeyNorm: boolean;
  /** When `sliding_window` takes effect: never read, whenever set, or only with `use_sliding_window`. */
  readonly slidingWindow: 'ignored' | 'set' | 'flag';
}

const common = { rmsNormEps: 1e-6, ropeTheta: 10_000, maxWindowLayers: 0 } as const;

/** By `model_type`. EvoLM's checkpoints are `llama`, Qwen2.5's are `qwen2`. */
export const families: Readonly<Record<Family, FamilyTraits>> = {
  llama: {
    defaults: { ...common, keyValueHeads: 'derived', headDim: 'derived', maxPositions: 2048, slidingWindow: null },
    inputBias: { flag: 'attention_bias', absent: false },
    outputBias: { flag: 'attention_bias', absent: false },
    mlpBias: { flag: 'mlp_bias', absent: false },
    queryKeyNorm: false,
    slidingWindow: 'ignored',
  },
  mistral: {
    defaults: { ...common, keyValueHeads: 8, headDim: 'derived', maxPositions: 131_072, slidingWindow: 4096 },
    inputBias: false,
    outputBias: false,
    mlpBias: false,
    queryKeyNorm: false,
    slidingWindow: 'set',
  },
  qwen2: {
    defaults: {
      ...common,
      keyValueHeads: 32,
      headDim: 'derived',
      maxPositions: 32_768,
      slidingWindow: 4096,
      maxWindowLayers: 28,
    },
    inputBias: true,
    outputBias: false,
    mlpBias: false,
    queryKeyNorm: false,
    slidingWindow: 'flag',
  },
  qwen3: {
    defaults: {
      ...common,
      keyValueHeads: 32,
      headDim: 128,
      maxPositions: 32_768,
      slidingWindow: 4096,
      maxWindowLayers: 28,
    },
    inputBias: { flag: 'attention_bias', absent: false },
    outputBias: { flag: 'attention_bias', absent: false },
    mlpBias: false,
    queryKeyNorm: true,
    slidingWindow: 'flag',
  },
  seed_oss: {
    defaults: { ...common, keyValueHeads: 8, headDim: 128, maxPositions: 524_288, slidingWindow: null },
    inputBias: { flag: 'attention_bias', absent: true },
    outputBias: { flag: 'attention_out_bias', absent: false },
    mlpBias: { flag: 'mlp_bias', absent: false },
    queryKeyNorm: false,
    slidingWindow: 'ignored',
  },
};

export function isFamily(modelType: string): modelType is Family {
  return Object.hasOwn(families, modelType);
}
