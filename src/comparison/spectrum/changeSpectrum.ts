import type { Checkpoint } from '../../checkpoint/checkpoint.ts';
import { dtypeBytes } from '../../checkpoint/safetensors/dtype.ts';
import { OpenShards } from '../../checkpoint/shards/openShards.ts';
import { SpectrumKernel, vectorCount } from '../../kernels/spectrumKernel.ts';
import type { DifferenceScalars } from '../../record/comparison/comparisonRecord.ts';
import { maxSingularValues } from '../../record/comparison/tensors/spectrum.ts';
import type { TensorPlace } from '../checkpoints/tensorMatch.ts';
import { largestSquares } from './largestValues.ts';

/* Computes the largest singular values of one tensor's change, in passes over its rows in two files. */

/** One side of a change. */
export interface SpectrumSide {
  readonly shards: Checkpoint['shards'];
  readonly place: TensorPlace;
}

/** A tensor whose change is looked at. */
export interface SpectrumTask {
  readonly rows: number;
  readonly columns: number;
  readonly reference: SpectrumSide;
  readonly checkpoint: SpectrumSide;
  /** Largest `|delta|` of finite elements. */
  readonly maxAbs: number;
}

export type Spectrum = NonNullable<DifferenceScalars['spectrum']>;

/** Wider matrices would take too much memory; no model has one. */
const mostColumns = 2 ** 20;

/** A power of two that brings the largest change near 1. */
function scaleOf(maxAbs: number): number {
  return 2 ** Math.max(-126, Math.min(126, -Math.floor(Math.log2(maxAbs))));
}

/**
 * The largest singular values of a tensor's change, with the error of each. Reads the rows up to eight times.
 *
 * @param kernel path of the compiled kernel
 * @throws InputError when a file cannot be read; ChangedInput when it is another by now; RunError without the kernel
 */
export async function changeSpectrum(task: SpectrumTask, kernel?: string): Promise<Spectrum> {
  const { rows, columns, reference, checkpoint, maxAbs } = task;
  if (maxAbs === 0 || columns > mostColumns) return { singularValues: [], errors: [] };
  const product = await SpectrumKernel.load(columns, kernel);
  const scale = scaleOf(maxAbs);
  const open = new OpenShards();
  const read = ({ shards, place }: SpectrumSide, into: Uint8Array, row: number, count: number) => {
    const rowBytes = columns * dtypeBytes[place.dtype];
    open.open({ shards }, place.shard).read(into.subarray(0, count * rowBytes), place.begin + row * rowBytes);
  };
  const multiply = (vectors: readonly Float64Array[]): Float64Array[] => {
    product.vectors.fill(0);
    product.sums.fill(0);
    vectors.forEach((vector, i) => {
      for (let at = 0; at < columns; at++) product.vectors[at * vectorCount + i] = vector[at]!;
    });
    for (let row = 0; row < rows; row += product.rows) {
      const count = Math.min(product.rows, rows - row);
      read(reference, product.inputs[0], row, count);
      read(checkpoint, product.inputs[1], row, count);
      product.add(count, reference.place.dtype, checkpoint.place.dtype, scale);
    }
    return vectors.map((_, i) =>
      Float64Array.from({ length: columns }, (__, at) => product.sums[at * vectorCount + i]!),
    );
  };
  try {
    const wanted = Math.min(maxSingularValues, rows, columns);
    const { squares, errors } = largestSquares({ columns, multiply }, wanted);
    const values = squares.map((square) => Math.sqrt(square));
    return {
      singularValues: values.map((value) => value / scale),
      errors: squares.map((square, i) => (Math.sqrt(square + errors[i]!) - values[i]!) / scale),
    };
  } finally {
    open.closeUnchanged();
  }
}
