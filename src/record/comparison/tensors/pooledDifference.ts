import type { DifferenceScalars } from '../comparisonRecord.ts';

/** Several tensors' differences as if they were one tensor. */
export interface PooledDifference {
  readonly tensors: number;
  readonly elements: number;
  /** Frobenius norm of all deltas together: the root of the sum of squares. */
  readonly norm: number;
  readonly referenceNorm: number;
  /** `norm / referenceNorm`; null when something changed and the reference is all zeros. */
  readonly relativeNorm: number | null;
  readonly maxAbs: number;
  /** `maxAbs` by the root mean square of delta: how far the largest change stands out. Null when nothing changed. */
  readonly spikiness: number | null;
  readonly unchangedShare: number;
  readonly nonFinite: number;
}

/** Pools tensors' differences exactly, by their sums of squares. */
export function pooledDifference(
  parts: readonly { readonly difference: DifferenceScalars; readonly elements: number }[],
): PooledDifference {
  let elements = 0;
  let squares = 0;
  let referenceSquares = 0;
  let maxAbs = 0;
  let unchanged = 0;
  let nonFinite = 0;
  for (const { difference, elements: own } of parts) {
    elements += own;
    squares += difference.norm ** 2;
    referenceSquares += difference.referenceNorm ** 2;
    maxAbs = Math.max(maxAbs, difference.maxAbs);
    unchanged += difference.unchangedShare * own;
    nonFinite += difference.nonFinite;
  }
  const norm = Math.sqrt(squares);
  const referenceNorm = Math.sqrt(referenceSquares);
  const rootMeanSquare = Math.sqrt(squares / Math.max(elements - nonFinite, 1));
  return {
    tensors: parts.length,
    elements,
    norm,
    referenceNorm,
    relativeNorm: norm === 0 ? 0 : referenceNorm === 0 ? null : norm / referenceNorm,
    maxAbs,
    spikiness: rootMeanSquare === 0 ? null : maxAbs / rootMeanSquare,
    unchangedShare: elements === 0 ? 1 : unchanged / elements,
    nonFinite,
  };
}
