/* Where a pair's sums lie in its state, in bytes; src/kernels/diffKernel.ts repeats them. */

/** Sum of delta². */
export const SQUARES: usize = 0;
/** Sums of the first to fourth power of what is off the middle. */
export const FIRST: usize = 8;
export const SECOND: usize = 16;
export const THIRD: usize = 24;
export const FOURTH: usize = 32;
/** Elements with equal bits, and with delta 0. */
export const EQUAL: usize = 40;
export const ZERO: usize = 48;
/** Sums of both sides' squares, where {@link addBf16} adds them. */
export const REFERENCE: usize = 56;
export const CHECKPOINT: usize = 64;

// @ts-ignore: decorator
@inline
export function addTo(state: usize, word: usize, value: f64): void {
  store<f64>(state + word, load<f64>(state + word) + value);
}
