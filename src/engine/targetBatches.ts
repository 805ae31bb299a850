import type { Target } from '../protocol/engine.ts';

/**
 * Cuts a sample's targets into batches. A batch runs on rows `0..max t`, since the gradient of target `t` is zero
 * after row `t`; each batch pays for one forward and some fixed cost, each of its targets for one backward.
 * Minimises `Σ (max t + 1) · (targets + 1) + overheadRows` exactly, by dynamic programming over the sorted targets.
 * @param targets ascending by row
 * @param maxTargets most targets that fit the memory budget in one batch, at least 1
 * @param overheadRows fixed cost of a run, in rows of one forward
 */
export function targetBatches(
  targets: readonly Target[],
  maxTargets: number,
  overheadRows: number,
): readonly (readonly Target[])[] {
  const best = [0];
  const start = [0];
  for (let end = 1; end <= targets.length; end++) {
    const rows = targets[end - 1]!.row + 1;
    let cost = Number.POSITIVE_INFINITY;
    for (let from = Math.max(0, end - maxTargets); from < end; from++) {
      const whole = best[from]! + rows * (end - from + 1) + overheadRows;
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
