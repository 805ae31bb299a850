/* What changed in a small tensor, for the gallery's comparison. */
import { symmetricEigen } from '../../../src/comparison/spectrum/symmetricEigen.ts';
import type { DifferenceScalars } from '../../../src/record/comparison/comparisonRecord.ts';
import { maxSingularValues } from '../../../src/record/comparison/tensors/spectrum.ts';
import { quantileShares } from '../../../src/record/comparison/tensors/tensorDifference.ts';

const binsPerOctave = 2;

/** Counts by bin of equal width on a log scale, from the first octave that holds any. */
function histogramOf(sizes: readonly number[]): DifferenceScalars['histogram'] {
  const changed = sizes.filter((size) => size > 0);
  const firstExponent = changed.length === 0 ? 0 : Math.floor(Math.log2(Math.min(...changed)));
  const bins = changed.map((size) => Math.floor(binsPerOctave * (Math.log2(size) - firstExponent)));
  const counts = Array.from({ length: changed.length === 0 ? 0 : Math.max(...bins) + 1 }, () => 0);
  for (const bin of bins) counts[bin]!++;
  return { zero: sizes.length - changed.length, firstExponent, binsPerOctave, counts };
}

/** All singular values that are kept, by the eigenvalues of ΔᵀΔ. */
function spectrumOf(deltas: readonly number[], columns: number): DifferenceScalars['spectrum'] {
  const rows = deltas.length / columns;
  const product = (i: number, j: number) =>
    Array.from({ length: rows }, (_, row) => deltas[row * columns + i]! * deltas[row * columns + j]!).reduce(
      (total, each) => total + each,
      0,
    );
  const square = Array.from({ length: columns }, (_, i) =>
    Float64Array.from({ length: columns }, (__, j) => product(i, j)),
  );
  const values = symmetricEigen(square)
    .values.slice(0, Math.min(maxSingularValues, rows, columns))
    .map((value) => Math.sqrt(Math.max(value, 0)));
  return { singularValues: values, errors: values.map((value) => value / 200) };
}

/** What a comparison would record of one small tensor, by the definitions and without the kernels. */
export function differenceOf(
  shape: readonly number[],
  reference: Float32Array,
  checkpoint: Float32Array,
): {
  readonly scalars: DifferenceScalars;
  readonly rowNorms: Float32Array;
  readonly columnNorms: Float32Array;
  readonly map: Float32Array;
} {
  const columns = shape.at(-1)!;
  const elements = reference.length;
  const at = (flat: number) => (shape.length < 2 ? [flat] : [Math.floor(flat / columns), flat % columns]);
  const deltas = Array.from(checkpoint, (value, i) => value - reference[i]!);
  const sizes = deltas.map(Math.abs);
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const normOf = (values: Iterable<number>) => Math.hypot(...values);
  const order = sizes.map((_, i) => i).sort((a, b) => sizes[b]! - sizes[a]! || a - b);
  const mean = sum(deltas) / elements;
  const moment = (power: number) => sum(deltas.map((delta) => (delta - mean) ** power)) / elements;
  const [norm, referenceNorm, checkpointNorm] = [normOf(deltas), normOf(reference), normOf(checkpoint)];
  const matrix = shape.length > 1;
  const scalars: DifferenceScalars = {
    norm,
    referenceNorm,
    checkpointNorm,
    relativeNorm: norm / referenceNorm,
    maxAbs: sizes[order[0]!]!,
    maxAbsAt: at(order[0]!),
    mean,
    standardDeviation: Math.sqrt(moment(2)),
    excessKurtosis: moment(4) / moment(2) ** 2 - 3,
    cosine: sum(Array.from(checkpoint, (value, i) => value * reference[i]!)) / (referenceNorm * checkpointNorm),
    signFlipShare: Array.from(checkpoint).filter((value, i) => value * reference[i]! < 0).length / elements,
    unchangedShare: sizes.filter((size) => size === 0).length / elements,
    nonFinite: 0,
    quantiles: quantileShares.map((share) => sizes[order[elements - Math.ceil(share * elements)]!]!),
    histogram: histogramOf(sizes),
    spikes: order
      .slice(0, 5)
      .filter((flat) => sizes[flat]! > 0)
      .map((flat) => ({
        at: at(flat),
        delta: deltas[flat]!,
        reference: reference[flat]!,
        checkpoint: checkpoint[flat]!,
      })),
    ...(matrix && { spectrum: spectrumOf(deltas, columns) }),
  };
  const rows = elements / columns;
  const row = (r: number) => deltas.slice(r * columns, (r + 1) * columns);
  return {
    scalars,
    rowNorms: Float32Array.from({ length: rows }, (_, r) => normOf(row(r))),
    columnNorms: Float32Array.from({ length: columns }, (_, c) => normOf(deltas.filter((_, i) => i % columns === c))),
    map: Float32Array.from(sizes),
  };
}
