import { rowPriority } from '../../calibration/rows/rowPriority.ts';

/* Intervals by the bootstrap over prompts: how far a mean could have come out otherwise with other prompts of the same kind. */

/** Resamples of the prompts. */
export const resamples = 2000;
/** Share of the resampled means within an interval. */
export const coverage = 0.95;

/** From the 2.5th to the 97.5th percentile of the resampled means. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** The value at a share of sorted values, between neighbours by linear interpolation. */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const low = sorted[below]!;
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return low + (place - below) * (high - low);
}

/**
 * Intervals of the means of several values per prompt, from the same resamples for all. Prompts that went alike have the same
 * values, so a resample is counted by kinds of prompts: its cost is the number of prompts, then kinds times values.
 *
 * @param kindOf `[prompts]` kind of each prompt
 * @param values `[kinds][columns]`
 * @param seed whole number from 0 to 2^53 - 1
 * @returns an interval a column
 */
export function meanIntervals(
  kindOf: ArrayLike<number>,
  values: readonly ArrayLike<number>[],
  seed: number,
): Interval[] {
  const prompts = kindOf.length;
  const columns = values[0]?.length ?? 0;
  const means = Array.from({ length: columns }, () => new Float64Array(resamples));
  const drawn = rowPriority(seed);
  const counts = new Float64Array(values.length);
  for (let round = 0; round < resamples; round++) {
    counts.fill(0);
    for (let i = 0; i < prompts; i++) {
      const prompt = Math.floor((drawn(round * prompts + i) / 2 ** 53) * prompts);
      counts[kindOf[prompt]!]!++;
    }
    for (let column = 0; column < columns; column++) {
      let sum = 0;
      for (let kind = 0; kind < values.length; kind++) sum += counts[kind]! * values[kind]![column]!;
      means[column]![round] = sum / prompts;
    }
  }
  const outside = (1 - coverage) / 2;
  return means.map((column) => {
    column.sort();
    return { low: quantile(column, outside), high: quantile(column, 1 - outside) };
  });
}
