import type { VocabRange } from '../../graph/headModel.ts';

/* Sizes and ranges for the planner to try. */

/** Cuts `size` into `parts` ranges of about the same size. */
export function evenRanges(size: number, parts: number): VocabRange[] {
  const each = Math.ceil(size / parts);
  return Array.from({ length: Math.ceil(size / each) }, (_, i) => ({
    from: i * each,
    to: Math.min((i + 1) * each, size),
  }));
}

/** Sizes worth trying from `most` down to 1: each about three quarters of the one before. */
export function sizesDownFrom(most: number): number[] {
  const sizes: number[] = [];
  for (let size = most; size >= 1; size = Math.min(size - 1, Math.floor(size * 0.75))) sizes.push(size);
  return sizes;
}
