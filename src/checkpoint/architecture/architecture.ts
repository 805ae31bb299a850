/* What a model is made of: its family, its sizes and the features of its layers. */

/** The seven projections of a decoder layer, in the flat order of neurons. */
export const projections = ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'] as const;
export type Projection = (typeof projections)[number];

/** Model families whose `config.json` and tensor names are known. */
export const familyNames = [
  'llama',
  'mistral',
  'ministral3',
  'qwen2',
  'qwen3',
  'qwen3_moe',
  'olmoe',
  'mixtral',
  'seed_oss',
  'smollm3',
  'granite',
  'olmo2',
  'olmo3',
  'gemma2',
  'gemma3_text',
  'phi3',
  'glm4',
] as const;
export type Family = (typeof familyNames)[number];

/** How rotary frequencies are stretched beyond the pretraining length (transformers' `rope_type`). */
export type RopeScaling =
  | { readonly type: 'default' }
  | { readonly type: 'linear'; readonly factor: number }
  | {
      readonly type: 'llama3';
      readonly factor: number;
      readonly lowFreqFactor: number;
      readonly highFreqFactor: number;
      readonly originalMaxPositions: number;
    }
  | {
      readonly type: 'yarn';
      readonly factor: number;
      readonly originalMaxPositions: number;
      readonly betaFast: number;
      readonly betaSlow: number;
      /** Multiplies cos and sin; already resolved from `attention_factor`, `mscale` and `mscale_all_dim`. */
      readonly attentionFactor: number;
      readonly truncate: boolean;
    }
  | {
      readonly type: 'longrope';
      /** What divides each frequency: in sequences up to the pretraining length, and in longer ones. */
      readonly shortFactors: readonly number[];
      readonly longFactors: readonly number[];
      readonly originalMaxPositions: number;
      /** Multiplies cos and sin. */
      readonly attentionFactor: number;
    };

/** Frequencies of a rotary embedding: its base and how they are stretched. */
export interface Rope {
  readonly theta: number;
  readonly scaling: RopeScaling;
}

/** A mixture of experts: a token's feed-forward block is that of a few experts, which the router chooses for it. */
export interface Experts {
  /** Of a layer. */
  readonly count: number;
  /** Experts of a token. */
  readonly perToken: number;
  /** Rows of an expert's `gate_proj` and `up_proj`. */
  readonly intermediateSize: number;
  /** The weights of a token's experts are divided by their sum. */
  readonly normalised: boolean;
  /** Layers with a single feed-forward block of the model's own size, ascending; left out where there are none. */
  readonly denseLayers?: readonly number[] | undefined;
}

/** A decoder as `config.json` and the tensors describe it. Sizes are element counts. */
export interface Architecture {
  readonly family: Family;
  /** `model_type` of the folder's model where it is more than text: this is its text part. */
  readonly textOf?: 'gemma3' | 'mistral3' | undefined;
  readonly layers: number;
  readonly hiddenSize: number;
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly headDim: number;
  /** Of feed-forward blocks that are no experts. */
  readonly intermediateSize: number;
  readonly experts?: Experts | undefined;
  readonly vocabSize: number;
  readonly rmsNormEps: number;
  readonly ropeTheta: number;
  readonly ropeScaling: RopeScaling;
  /** `max_position_embeddings`: the longest sequence the model was made for. */
  readonly maxPositions: number;
  /** Tokens that a token of a sliding layer attends to, itself included; left out where no layer has a window. */
  readonly slidingWindow?: number | undefined;
  /** The layers that have the window and {@link slidingRope}, ascending; left out where the window is every layer's. */
  readonly slidingLayers?: readonly number[] | undefined;
  /** Rotary frequencies of sliding layers; left out where they are those of the others. */
  readonly slidingRope?: Rope | undefined;
  /** Layers whose queries and keys are not rotated, ascending. */
  readonly unrotatedLayers?: readonly number[] | undefined;
  /** Leading elements of a head that are rotated; left out where it is all of them. */
  readonly rotatedDim?: number | undefined;
  /** Rotated queries are multiplied with `1 + beta ln(1 + floor(position / originalMaxPositions))`. */
  readonly queryGrowth?: { readonly beta: number; readonly originalMaxPositions: number } | undefined;
  /** What embeddings are multiplied with. */
  readonly embeddingScale?: number | undefined;
  /** What products of queries and keys are multiplied with; `headDim^-1/2` where it is left out. */
  readonly attentionScale?: number | undefined;
  /** What each write to the residual stream is multiplied with. */
  readonly residualScale?: number | undefined;
  /** What logits are divided by. */
  readonly logitDivisor?: number | undefined;
  /** Attention logits `x` become `cap tanh(x / cap)`; the head's logits likewise. */
  readonly attentionSoftCap?: number | undefined;
  readonly logitSoftCap?: number | undefined;
  /** The output head is the embedding matrix. */
  readonly tiedEmbeddings: boolean;
  /** RMSNorm on queries and keys before RoPE; over each head or over all, as the family's layers have it. */
  readonly queryKeyNorm: boolean;
  /** Which projections carry a bias. */
  readonly biases: Readonly<Record<Projection, boolean>>;
  /** The output head carries a bias (`lm_head.bias`). */
  readonly headBias: boolean;
}

/** The experts of a layer; undefined where it has a single feed-forward block. */
export function expertsAt({ experts }: Pick<Architecture, 'experts'>, layer: number): Experts | undefined {
  return experts?.denseLayers?.includes(layer) ? undefined : experts;
}

/** Whether a projection writes to the residual stream: its neurons are columns then. */
export function isWrite(projection: Projection): boolean {
  return projection === 'o_proj' || projection === 'down_proj';
}

/** Projections that each expert of a layer has for itself. */
export function isOfExperts(projection: Projection): boolean {
  return projection === 'gate_proj' || projection === 'up_proj' || projection === 'down_proj';
}

/** Rows (outputs) and columns (inputs) of a projection's weight in a layer, stored `[out, in]`; of one expert where it has any. */
export function projectionShape(
  architecture: Architecture,
  layer: number,
  projection: Projection,
): readonly [number, number] {
  const { hiddenSize, heads, keyValueHeads, headDim } = architecture;
  const { intermediateSize } = expertsAt(architecture, layer) ?? architecture;
  switch (projection) {
    case 'q_proj':
      return [heads * headDim, hiddenSize];
    case 'k_proj':
    case 'v_proj':
      return [keyValueHeads * headDim, hiddenSize];
    case 'o_proj':
      return [hiddenSize, heads * headDim];
    case 'gate_proj':
    case 'up_proj':
      return [intermediateSize, hiddenSize];
    case 'down_proj':
      return [hiddenSize, intermediateSize];
  }
}
