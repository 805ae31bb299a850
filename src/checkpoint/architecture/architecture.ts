/* What a model is made of: its family, its sizes and the features of its layers. */

/** The seven projections of a decoder layer, in the flat order of neurons. */
export const projections = ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'] as const;
export type Projection = (typeof projections)[number];

/** Model families whose `config.json` and tensor names are known. */
export type Family = 'llama' | 'mistral' | 'qwen2' | 'qwen3' | 'seed_oss';

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
    };

/** A dense decoder as `config.json` and the tensors describe it. Sizes are element counts. */
export interface Architecture {
  readonly family: Family;
  readonly layers: number;
  readonly hiddenSize: number;
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly headDim: number;
  readonly intermediateSize: number;
  readonly vocabSize: number;
  readonly rmsNormEps: number;
  readonly ropeTheta: number;
  readonly ropeScaling: RopeScaling;
  /** `max_position_embeddings`: the longest sequence the model was made for. */
  readonly maxPositions: number;
  /**
   * Tokens that a token of some layer attends to, itself included; left out where it is all of them. Sequences up to this
   * long are computed as the model computes them, longer ones are refused.
   */
  readonly slidingWindow?: number | undefined;
  /** The output head is the embedding matrix. */
  readonly tiedEmbeddings: boolean;
  /** Per-head RMSNorm on queries and keys before RoPE (Qwen3). */
  readonly queryKeyNorm: boolean;
  /** Which projections carry a bias. */
  readonly biases: Readonly<Record<Projection, boolean>>;
  /** The output head carries a bias (`lm_head.bias`). */
  readonly headBias: boolean;
}

/** Rows (outputs) and columns (inputs) of a projection's weight, stored `[out, in]`. */
export function projectionShape(architecture: Architecture, projection: Projection): readonly [number, number] {
  const { hiddenSize, heads, keyValueHeads, headDim, intermediateSize } = architecture;
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
