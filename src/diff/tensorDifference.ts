/*
 * What changed in one tensor from a reference to a checkpoint. Both sides are read as float32, as any framework does;
 * `delta = checkpoint - reference` is taken in float64. Elements whose delta is not finite are counted and left out of
 * everything else. "Exact" below means exact up to float64 rounding of the sums (1e-12 relative).
 */

/** A place in a tensor: `[row, column]`, or `[index]` of a vector. */
export type Coordinates = readonly number[];

/** One element that changed much. */
export interface Spike {
  readonly at: Coordinates;
  readonly delta: number;
  readonly reference: number;
  readonly checkpoint: number;
}

/** `|delta|` counted in log-spaced bins. Bin i holds `2^(firstExponent + i/binsPerOctave) ≤ |delta| < 2^(firstExponent + (i+1)/binsPerOctave)`. */
export interface LogHistogram {
  /** Elements whose delta is 0. */
  readonly zero: number;
  readonly firstExponent: number;
  readonly binsPerOctave: number;
  /** Without leading and trailing empty bins. */
  readonly counts: readonly number[];
}

/** Largest `|delta|` in each cell. */
export interface MaxMap {
  /** At most 256 each, and at most the tensor's own. */
  readonly rows: number;
  readonly columns: number;
  /**
   * `[rows, columns]`. Cell `(i, j)` covers the tensor's rows `floor(i·R/rows)` up to `floor((i+1)·R/rows)` and its
   * columns `floor(j·C/columns)` up to `floor((j+1)·C/columns)`.
   */
  readonly values: Float32Array;
}

/** Statistics of one tensor's change. A vector `[C]` counts as one row of C columns, more than two dimensions as `[first, rest]`. */
export interface TensorDifference {
  /** The reference's name of it. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly elements: number;
  /** Frobenius norms of delta and of each side. Exact. */
  readonly norm: number;
  readonly referenceNorm: number;
  readonly checkpointNorm: number;
  /** `norm / referenceNorm`; 0 where both are 0, null where only the reference's is. */
  readonly relativeNorm: number | null;
  /** Largest `|delta|` and where it is first (lowest flat index). Exact. */
  readonly maxAbs: number;
  readonly maxAbsAt: Coordinates;
  /** Of delta; the standard deviation is the population's. Exact. */
  readonly mean: number;
  readonly standardDeviation: number;
  /** Fourth central moment over the squared variance, minus 3 (0 for a Gaussian); null where the variance is 0. */
  readonly excessKurtosis: number | null;
  /** Of the two sides as vectors; null where either is 0. */
  readonly cosine: number | null;
  /** Share of elements with the same value on both sides (+0 and -0 are the same). Exact. */
  readonly unchangedShare: number;
  /** Elements whose delta is infinite or not a number. */
  readonly nonFinite: number;
  /** Quantiles of `|delta|` at 0.5, 0.9, 0.99, 0.999, 0.9999; each within a factor `1 ± quantileError`. */
  readonly quantiles: readonly number[];
  readonly histogram: LogHistogram;
  /** The ten largest `|delta|`, largest first, ties by lower flat index; fewer where fewer elements changed. */
  readonly spikes: readonly Spike[];
  /** Norms of delta of every row and column, `[R]` and `[C]`, rounded to float32. */
  readonly rowNorms: Float32Array;
  readonly columnNorms: Float32Array;
  readonly map: MaxMap;
}

/** Shares of the elements below each of a difference's quantiles. */
export const quantileShares = [0.5, 0.9, 0.99, 0.999, 0.9999] as const;

/** Relative error of a quantile: `|delta|` is counted by its float32 exponent and first 7 bits of mantissa. */
export const quantileError = 2 ** -8;
