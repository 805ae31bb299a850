import type { DifferenceScalars } from '../comparisonRecord.ts';
import { matrixShape } from './matrixShape.ts';

/*
 * Whether a change is structure or noise: what the largest singular values of a matrix's change tell, beside what changes
 * drawn independently, all of one size, would give.
 */

/** Most singular values that are kept of a tensor. */
export const maxSingularValues = 8;

/** What the singular values of a change tell. */
export interface SpectrumFigures {
  /** `‖Δ‖² / σ₁²`: 1 where one direction is all there is. */
  readonly stableRank: number;
  /** The stable rank is no less than this: σ₁ may be larger by its error. */
  readonly stableRankFrom: number;
  /** Share of `‖Δ‖²` that the kept singular values hold. */
  readonly topShare: number;
  /** The share is no more than this. */
  readonly topShareTo: number;
  /** Stable rank that noise of the tensor's shape has. */
  readonly noiseStableRank: number;
  /** Of the kept singular values, how many exceed what noise of the same norm reaches once in a thousand times. */
  readonly aboveNoise: number;
}

/** Quantile 0.999 of the Tracy–Widom distribution of real matrices. */
const rareLargest = 3.27;

/** Square of the largest singular value of noise with variance 1: the edge of the Marchenko–Pastur distribution. */
function noiseEdge(rows: number, columns: number): number {
  return (Math.sqrt(rows) + Math.sqrt(columns)) ** 2;
}

/** Stable rank of a matrix of independent elements, all of one variance. */
export function noiseStableRank(rows: number, columns: number): number {
  return (rows * columns) / noiseEdge(rows, columns);
}

/** Whether a tensor's change has a spectrum that tells something: it has rows and columns. */
export function hasSpectrum(shape: readonly number[]): boolean {
  const { rows, columns } = matrixShape(shape);
  return rows > 1 && columns > 1;
}

/** What a tensor's spectrum tells; undefined where none was computed, or nothing changed. */
export function spectrumFigures(
  { norm, spectrum }: Pick<DifferenceScalars, 'norm' | 'spectrum'>,
  shape: readonly number[],
): SpectrumFigures | undefined {
  const first = spectrum?.singularValues[0];
  if (spectrum === undefined || first === undefined || first === 0 || norm === 0) return undefined;
  const { rows, columns } = matrixShape(shape);
  const { singularValues, errors } = spectrum;
  // By parts of the norm, whose square may be too small or too large for a float64.
  const shares = singularValues.map((value) => (value / norm) ** 2);
  const largest = singularValues.map((value, i) => ((value + errors[i]!) / norm) ** 2);
  const sum = (parts: readonly number[]) => parts.reduce((all, part) => all + part, 0);
  const edge = noiseEdge(rows, columns);
  const spread = Math.sqrt(edge) * Math.cbrt(1 / Math.sqrt(rows) + 1 / Math.sqrt(columns));
  const rare = (edge + rareLargest * spread) / (rows * columns);
  return {
    stableRank: Math.max(1, 1 / shares[0]!),
    stableRankFrom: Math.max(1, 1 / largest[0]!),
    topShare: Math.min(1, sum(shares)),
    topShareTo: Math.min(1, sum(largest)),
    noiseStableRank: noiseStableRank(rows, columns),
    aboveNoise: shares.filter((share) => share > rare).length,
  };
}
