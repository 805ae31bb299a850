/* Where a pair's sums lie in its state, in bytes; `takeSums` of src/kernels/diffKernel.ts repeats them. */

/** Sums of the first to fourth power of delta. */
export const FIRST: usize = 0;
export const SECOND: usize = 8;
export const THIRD: usize = 16;
export const FOURTH: usize = 24;
/** Elements with equal bits, and with delta 0. */
export const EQUAL: usize = 32;
export const ZERO: usize = 40;
/** Sums of both sides' squares, where `addBf16` adds them. */
export const REFERENCE: usize = 48;
export const CHECKPOINT: usize = 56;
/** Elements above 0 on one side and below on the other. */
export const FLIPS: usize = 64;

// @ts-ignore: decorator
@inline
export function addTo(state: usize, word: usize, value: f64): void {
  store<f64>(state + word, load<f64>(state + word) + value);
}

/** Elements summed before a partial sum is put aside: keeps sums of many elements as exact as pairwise ones. */
export const RUN: i32 = 2048;
