import type { Target } from '../../method/attribution.ts';

/* Cuts a sample's targets into batches, each attributed in one run. */

/** What attribution runs cost, in rows of one forward. */
export interface BatchCosts {
  /** Most targets that fit the memory budget in one batch, at least 1. */
  readonly maxTargets: number;
  /** Fixed cost of a run. */
  readonly overheadRows: number;
  /** Cost of a row of padding, which only attention computes: its share of a row's work. */
  readonly paddingRow: number;
  /** Rows that attention computes of a target in a batch of so many rows, padding included. */
  readonly attendingRows: (target: number, rows: number) => number;
}

/**
 * Cuts a sample's targets into batches. A batch pays for one forward over rows `0..max t`, for each target's own rows
 * backward, and, in attention, for padding every target to the end of its chunk of the longest: neighbours belong together, targets far apart
 * in a long sequence do not. Minimises the sum exactly, by dynamic programming over the sorted targets.
 * @param targets ascending by row
 */
export function targetBatches(
  targets: readonly Target[],
  { maxTargets, overheadRows, paddingRow, attendingRows }: BatchCosts,
): readonly (readonly Target[])[] {
  const best = [0];
  const start = [0];
  for (let end = 1; end <= targets.length; end++) {
    const rows = targets[end - 1]!.row + 1;
    let cost = Number.POSITIVE_INFINITY;
    let own = 0;
    let attending = 0;
    for (let from = end - 1; from >= Math.max(0, end - maxTargets); from--) {
      own += targets[from]!.row + 1;
      attending += attendingRows(targets[from]!.row, rows);
      const whole = best[from]! + rows + own + paddingRow * (attending - own) + overheadRows;
      if (whole < cost) {
        cost = whole;
        start[end] = from;
      }
    }
    best[end] = cost;
  }
  const batches: (readonly Target[])[] = [];
  for (let end = targets.length; end > 0; end = start[end]!) batches.unshift(targets.slice(start[end]!, end));
  return batches;
}
