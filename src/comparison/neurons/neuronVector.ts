import type { Projection } from '../../checkpoint/architecture/architecture.ts';
import { projectionName } from '../../checkpoint/architecture/tensorNames.ts';
import type { Checkpoint } from '../../checkpoint/checkpoint.ts';
import { readTensorWindow } from '../weights/tensorWindow.ts';

/* Reads the weights of one neuron from a checkpoint's files, and says how far it moved between two. */

/** A neuron by its place in a model. */
export interface NeuronPlace {
  readonly layer: number;
  readonly projection: Projection;
  /** Row of q, k, v, gate, up; column of o, down. */
  readonly neuron: number;
}

/** Whether a projection writes to the residual stream: its neurons are columns then. */
export function isWrite(projection: Projection): boolean {
  return projection === 'o_proj' || projection === 'down_proj';
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
  const all = Number.MAX_SAFE_INTEGER;
  const bounds = isWrite(projection)
    ? { rowStart: 0, rowEnd: all, columnStart: neuron, columnEnd: neuron + 1 }
    : { rowStart: neuron, rowEnd: neuron + 1, columnStart: 0, columnEnd: all };
  return readTensorWindow(checkpoint, `${projectionName(layer, projection)}.weight`, bounds);
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
