/*
 * Statistics of delta = checkpoint - reference over a chunk of whole rows, or of a piece of one row. Both sides are
 * first read as float32 (exact from bfloat16 and binary16), delta and all sums are float64. WebAssembly has no fused
 * multiply-add and a fixed order of operations, so that the sums are the same everywhere, bit for bit.
 *
 * The caller lays out the memory and passes addresses; every buffer has 64 bytes of slack behind it, into which the
 * last vector may run.
 */

import { FIRST, FOURTH, RUN, SECOND, THIRD } from '../shared/state';
import { high, low, total } from '../shared/vectors';

export { gather, pool } from './bins';
export { decodeBf16, decodeF16, decodeF32, sumSquares } from '../shared/decode';
export { addBf16 } from './diffBf16';
export { add } from './diffFloat';

/** Sum of the products of two sides. */
export function dot(reference: usize, checkpoint: usize, count: i32): f64 {
  let sum: f64 = 0;
  const whole = count & ~3;
  for (let from = 0; from < whole; from += RUN) {
    const end = <usize>min(from + RUN, whole) << 2;
    let even = f64x2.splat(0);
    let odd = f64x2.splat(0);
    for (let at = <usize>from << 2; at < end; at += 16) {
      const left = v128.load(reference + at);
      const right = v128.load(checkpoint + at);
      even = f64x2.add(even, f64x2.mul(low(left), low(right)));
      odd = f64x2.add(odd, f64x2.mul(high(left), high(right)));
    }
    sum += total(f64x2.add(even, odd));
  }
  for (let i = <usize>whole; i < <usize>count; i++) {
    sum += <f64>load<f32>(reference + 4 * i) * <f64>load<f32>(checkpoint + 4 * i);
  }
  return sum;
}

/** First element from `from` on whose `|delta|` is above `floor`; `count` when there is none. */
export function next(reference: usize, checkpoint: usize, from: i32, count: i32, floor: f64): i32 {
  const limit = f64x2.splat(floor);
  let i = from;
  for (; i + 4 <= count; i += 4) {
    const left = v128.load(reference + (<usize>i << 2));
    const right = v128.load(checkpoint + (<usize>i << 2));
    const one = f64x2.gt(f64x2.abs(f64x2.sub(low(right), low(left))), limit);
    const two = f64x2.gt(f64x2.abs(f64x2.sub(high(right), high(left))), limit);
    if (v128.any_true(v128.or(one, two))) break;
  }
  for (; i < count; i++) {
    const delta = <f64>load<f32>(checkpoint + (<usize>i << 2)) - <f64>load<f32>(reference + (<usize>i << 2));
    if (abs(delta) > floor) return i;
  }
  return count;
}

/** Sums of the first to fourth power of `delta - middle`, in place of those in the state. */
export function powers(reference: usize, checkpoint: usize, count: i32, middle: f64, state: usize): void {
  let first: f64 = 0;
  let second: f64 = 0;
  let third: f64 = 0;
  let fourth: f64 = 0;
  for (let from = 0; from < count; from += RUN) {
    const end = min(from + RUN, count);
    let first1: f64 = 0;
    let second1: f64 = 0;
    let third1: f64 = 0;
    let fourth1: f64 = 0;
    for (let i = <usize>from; i < <usize>end; i++) {
      const off = <f64>load<f32>(checkpoint + 4 * i) - <f64>load<f32>(reference + 4 * i) - middle;
      const off2 = off * off;
      first1 += off;
      second1 += off2;
      third1 += off2 * off;
      fourth1 += off2 * off2;
    }
    first += first1;
    second += second1;
    third += third1;
    fourth += fourth1;
  }
  store<f64>(state, first, FIRST);
  store<f64>(state, second, SECOND);
  store<f64>(state, third, THIRD);
  store<f64>(state, fourth, FOURTH);
}
