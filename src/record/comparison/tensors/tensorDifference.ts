/* Everything that is told of the change of one tensor: what each statistic means and how exact it is. */

/** One of the most changed elements. */
export interface Spike {
  /** `[row, column]`, or `[index]` of a vector. */
  readonly at: readonly number[];
  /** `checkpoint - reference`. */
  readonly delta: number;
  readonly reference: number;
  readonly checkpoint: number;
}

/** A share of the elements, and the `|delta|` that so many do not exceed. */
export interface Quantile {
  readonly share: number;
  readonly value: number;
}

/**
 * `|delta|`, rounded to float32, counted in bins of equal width on a log scale, from the first octave to the last that
 * hold any. What lies below 2^-133 is counted at 2^-134.
 */
export interface LogHistogram {
  /** Elements with delta 0 (+0 against -0 too). */
  readonly zero: number;
  /** Bin i counts `|delta|` in `[2^(firstExponent + i / binsPerOctave), 2^(firstExponent + (i + 1) / binsPerOctave))`. */
  readonly firstExponent: number;
  /** Edges between octaves are exact, those inside one within {@link edgeError}. */
  readonly binsPerOctave: number;
  /** Empty when nothing changed. `zero` and `counts` sum to `elements - nonFinite`. */
  readonly counts: readonly number[];
}

/** Max-pooled `|delta|` of a matrix; a vector is one row. */
export interface MaxPooledMap {
  /** `min(256, R)` of a tensor with R rows. */
  readonly rows: number;
  /** `min(256, C)` of a tensor with C columns. */
  readonly columns: number;
  /**
   * `[rows, columns]`, row by row: the largest `|delta|` in each cell. Cell `(i, j)` covers the tensor's rows
   * `floor(i·R/rows)` to `floor((i+1)·R/rows)`, the last excluded, and columns likewise. Float32; larger ones are
   * the largest float32.
   */
  readonly values: Float32Array;
}

/**
 * What changed from `reference` to `checkpoint` in one tensor. `delta = checkpoint - reference`, in float64 of both
 * sides read as float32; the dtypes may differ. An element of which either side is infinite or NaN is counted in
 * `nonFinite` and left out of everything else but `unchangedShare`: its norm is 0, it is no spike, and n below is
 * `elements - nonFinite`. What is undefined is null (JSON has no NaN). A tensor of no elements is all zeros and nulls.
 *
 * Sums are float64 over the exact elements. Against exact arithmetic the norms are within 1e-12, relatively; so are
 * `standardDeviation` and `excessKurtosis + 3` where `|mean|` is no more than a hundred deviations; `mean` is within
 * 1e-12 of the root mean square of delta, `cosine` within 1e-12.
 * Rows are the first axis, columns all others; a vector is one row.
 */
export interface TensorDifference {
  readonly name: string;
  readonly shape: readonly number[];
  /** Product of `shape`. */
  readonly elements: number;
  readonly nonFinite: number;
  /** Frobenius norm of delta. */
  readonly norm: number;
  readonly referenceNorm: number;
  readonly checkpointNorm: number;
  /** `norm / referenceNorm`; 0 when nothing changed, null when something did and the reference is all zeros. */
  readonly relativeNorm: number | null;
  readonly maxAbs: number;
  /** Coordinates of the first element (in row-major order) with the largest `|delta|`; the first of all when nothing changed. */
  readonly maxAbsAt: readonly number[];
  readonly mean: number;
  /** Of the population: divided by n. */
  readonly standardDeviation: number;
  /** `m4 / m2² - 3` of the population: 0 for a normal distribution. Null where delta is the same everywhere, or to 2^-40 of its mean. */
  readonly excessKurtosis: number | null;
  /** Of the two sides as vectors. Null where one is all zeros. */
  readonly cosine: number | null;
  /** Elements whose float32 bits are equal on both sides, NaN and infinities too, by `elements`. */
  readonly unchangedShare: number;
  /** Elements above 0 on one side and below 0 on the other, by `elements`; what is 0 on a side has no sign to lose. Exact. */
  readonly signFlipShare: number;
  /**
   * At {@link quantileShares}, estimated: the `ceil(share · n)`-th smallest `|delta|` (NumPy's `inverted_cdf`) within
   * {@link quantileError}. 0 is exact, and none exceeds `maxAbs`.
   */
  readonly quantiles: readonly Quantile[];
  readonly histogram: LogHistogram;
  /** The ten largest `|delta|` above 0, largest first, ties by lower flat index. Exact. */
  readonly spikes: readonly Spike[];
  /** Norm of delta in each row, `[R]`. Float32 of exact sums; larger ones are the largest float32. */
  readonly rowNorms: Float32Array;
  /** Norm of delta in each column, `[C]`. Likewise. */
  readonly columnNorms: Float32Array;
  readonly map: MaxPooledMap;
}

/** Shares of the elements whose `|delta|` does not exceed the quantiles. */
export const quantileShares = [0.5, 0.9, 0.99, 0.999, 0.9999] as const;

/**
 * Largest relative error of a quantile, for `|delta|` from 2^-126 to 2^128: it is the middle of a bin of float32's
 * exponent and seven bits of fraction. Below, the error is at most 2^-134; above, what is told lies within a factor of 2.
 */
export const quantileError = 2 ** -8;

/** Largest relative error of a histogram's edge inside an octave. */
export const edgeError = 2 ** -8;

/** Most rows and columns of a map. */
export const maxMapSize = 256;

/** Most spikes listed of a tensor. */
export const maxSpikes = 10;
