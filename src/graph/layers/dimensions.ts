import type { Architecture } from '../../checkpoint/architecture/architecture.ts';

/**
 * Sizes that the graphs are built from. Symbols used in the shapes of this folder's comments:
 * `T` rows of the sequence, `N` targets of the batch, `D` hidden size, `H` heads, `KV` key/value heads,
 * `G = H / KV` heads sharing one key/value head, `hd` head size, `I` intermediate size, `V` vocabulary.
 */
export interface Dimensions {
  readonly hidden: number;
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly groupSize: number;
  readonly headDim: number;
  readonly intermediate: number;
  readonly eps: number;
}

export function dimensions(architecture: Architecture): Dimensions {
  const { hiddenSize, heads, keyValueHeads, headDim, intermediateSize, rmsNormEps } = architecture;
  return {
    hidden: hiddenSize,
    heads,
    keyValueHeads,
    groupSize: heads / keyValueHeads,
    headDim,
    intermediate: intermediateSize,
    eps: rmsNormEps,
  };
}
