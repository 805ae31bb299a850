import type { Architecture } from '../../checkpoint/architecture/architecture.ts';
import { layerForm } from '../../checkpoint/architecture/families.ts';
import type { LayerForm } from '../../checkpoint/architecture/layerForm.ts';

/** Which elements of a head are rotated, and in which pairs. */
export interface Rotation {
  readonly headDim: number;
  /** The leading elements that are. */
  readonly rotated: number;
  readonly pairs: LayerForm['rotaryPairs'];
}

/**
 * Sizes and forms that the graphs are built from. Symbols used in the shapes of this folder's comments:
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
  readonly rotation: Rotation;
  /** What products of queries and keys are multiplied with. */
  readonly attentionScale: number;
  readonly attentionSoftCap: number | undefined;
  /** What a write to the residual stream is multiplied with. */
  readonly residualScale: number | undefined;
  readonly activation: LayerForm['activation'];
  /** Norms of queries and keys are over all heads of a row. */
  readonly normsRows: boolean;
}

export function dimensions(architecture: Architecture): Dimensions {
  const { hiddenSize, heads, keyValueHeads, headDim, intermediateSize, rmsNormEps } = architecture;
  const form = layerForm(architecture);
  return {
    hidden: hiddenSize,
    heads,
    keyValueHeads,
    groupSize: heads / keyValueHeads,
    headDim,
    intermediate: intermediateSize,
    eps: rmsNormEps,
    rotation: { headDim, rotated: architecture.rotatedDim ?? headDim, pairs: form.rotaryPairs },
    attentionScale: architecture.attentionScale ?? headDim ** -0.5,
    attentionSoftCap: architecture.attentionSoftCap,
    residualScale: architecture.residualScale,
    activation: form.activation,
    normsRows: form.queryKeyNorm === 'row',
  };
}
