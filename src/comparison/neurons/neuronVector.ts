import { isWrite, type Projection } from '../../checkpoint/architecture/architecture.ts';
import { layerForm } from '../../checkpoint/architecture/families.ts';
import { placedNeurons } from '../../checkpoint/architecture/projectionPlace.ts';
import { layerNormName } from '../../checkpoint/architecture/tensorNames.ts';
import type { Checkpoint } from '../../checkpoint/checkpoint.ts';
import { readTensorWindow } from '../weights/tensorWindow.ts';
import { normGamma } from './normGamma.ts';

/* Reads the weights of one neuron from a checkpoint's files, and says how far it moved between two. */

/** A neuron by its place in a model. */
export interface NeuronPlace {
  readonly layer: number;
  readonly projection: Projection;
  /** Row of q, k, v, gate, up; column of o, down; of experts counted through all of them. */
  readonly neuron: number;
}

/**
 * The weights of one neuron, its bias entry left out: a row, or a column of o and down.
 *
 * @throws InputError when the files cannot be read; ChangedInput when they are not those that were opened
 */
export function neuronVector(
  checkpoint: Checkpoint,
  { layer, projection, neuron }: NeuronPlace,
): Promise<Float32Array> {
  const tensors = placedNeurons(checkpoint.architecture, layer, projection);
  const { place, from } = tensors.findLast((tensor) => tensor.from <= neuron)!;
  const { module, first, rows } = place;
  const own = neuron - from;
  const bounds = isWrite(projection)
    ? { rowStart: first, rowEnd: first + rows, columnStart: own, columnEnd: own + 1 }
    : { rowStart: first + own, rowEnd: first + own + 1, columnStart: 0, columnEnd: Number.MAX_SAFE_INTEGER };
  return readTensorWindow(checkpoint, `${module}.weight`, bounds);
}

/**
 * What one unit of a writing neuron adds to the residual stream, `[D]`: its column, times γ of the norm behind its block and
 * the family's scale, where there are any. That norm's `1/RMS` is the row's and left out.
 *
 * @param place of `o_proj` or `down_proj`
 * @throws as {@link neuronVector}
 */
export async function writtenVector(checkpoint: Checkpoint, place: NeuronPlace): Promise<Float32Array> {
  const { architecture } = checkpoint;
  const { attentionWrite, mlpWrite } = layerForm(architecture).norms;
  const norm = place.projection === 'o_proj' ? attentionWrite : mlpWrite;
  const column = await neuronVector(checkpoint, place);
  const gamma = norm === undefined ? undefined : await normGamma(checkpoint, layerNormName(place.layer, norm));
  const scale = architecture.residualScale ?? 1;
  return column.map((value, i) => value * (gamma?.[i] ?? 1) * scale);
}

/** How far a neuron's weights moved from one checkpoint to another; norms are Euclidean. */
export interface NeuronChange {
  readonly base: number;
  readonly sft: number;
  /** Norm of the difference. */
  readonly change: number;
  /** Between the two; NaN where one is zero. */
  readonly cosine: number;
  /** Elements, and how many of them differ. */
  readonly elements: number;
  readonly changed: number;
}

/** @param base, sft the same neuron's weights, of one length */
export function neuronChange(base: Float32Array, sft: Float32Array): NeuronChange {
  let [ofBase, ofSft, ofBoth, ofChange, changed] = [0, 0, 0, 0, 0];
  for (let i = 0; i < base.length; i++) {
    const [one, other] = [base[i]!, sft[i]!];
    ofBase += one * one;
    ofSft += other * other;
    ofBoth += one * other;
    ofChange += (other - one) ** 2;
    if (one !== other) changed++;
  }
  return {
    base: Math.sqrt(ofBase),
    sft: Math.sqrt(ofSft),
    change: Math.sqrt(ofChange),
    cosine: ofBoth / Math.sqrt(ofBase * ofSft),
    elements: base.length,
    changed,
  };
}
