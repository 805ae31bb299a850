/* What is done with a chunk's counters and maxima once it has been added: a map's cells, a histogram's bins. */

import { largest, laneSum } from '../shared/vectors';

/** Largest of each run of columns, `[edges[i], edges[i + 1])`, into `cells`, kept up; clears the columns. */
export function pool(columnLargest: usize, edges: usize, count: i32, cells: usize): void {
  for (let cell: usize = 0; cell < <usize>count; cell++) {
    let at = columnLargest + (<usize>load<u32>(edges + 4 * cell) << 2);
    const end = columnLargest + (<usize>load<u32>(edges + 4 * cell, 4) << 2);
    let tops = i32x4.splat(0);
    for (; at + 16 <= end; at += 16) tops = i32x4.max_s(tops, v128.load(at));
    let top = max(load<f32>(cells + 4 * cell), largest(tops));
    for (; at < end; at += 4) top = max(top, load<f32>(at));
    store<f32>(cells + 4 * cell, top);
  }
  memory.fill(columnLargest, 0, 4 * <usize>load<u32>(edges + 4 * <usize>count));
}

/**
 * Sums each bin's four counters into one 32-bit counter a bin at `into`, and clears them.
 * @returns the first bin but 0 that holds any; `count` when there is none
 */
export function gather(histogram: usize, into: usize, count: i32): i32 {
  const none = i32x4.splat(0);
  let first = count;
  for (let bin = count - 1; bin >= 0; bin--) {
    const four = v128.load(histogram + 16 * <usize>bin);
    store<u32>(into + 4 * <usize>bin, laneSum(four));
    if (!v128.any_true(four)) continue;
    v128.store(histogram + 16 * <usize>bin, none);
    if (bin > 0) first = bin;
  }
  return first;
}
