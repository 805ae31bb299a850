/* Reads elements of each stored type as float32, and sums their squares on the way. */

import { widenF16 } from './halfFloat';
import { RUN } from './state';
import { high, low, total } from './vectors';

/** Sum of squares of float32 elements; not finite exactly when one of them is not. */
export function sumSquares(values: usize, count: i32): f64 {
  let sum: f64 = 0;
  memory.fill(values + 4 * <usize>count, 0, 32);
  for (let from = 0; from < count; from += RUN) {
    const end = values + 4 * <usize>min(from + RUN, count);
    let even = f64x2.splat(0);
    let odd = f64x2.splat(0);
    for (let at = values + 4 * <usize>from; at < end; at += 16) {
      const four = v128.load(at);
      const a = low(four);
      const b = high(four);
      even = f64x2.add(even, f64x2.mul(a, a));
      odd = f64x2.add(odd, f64x2.mul(b, b));
    }
    sum += total(f64x2.add(even, odd));
  }
  return sum;
}

/** Eight bfloat16 a step to float32 at `into`; returns their sum of squares. */
export function decodeBf16(from: usize, into: usize, count: i32): f64 {
  const upper = i32x4.splat(<i32>0xffff0000);
  const whole = count & ~7;
  let sum: f64 = 0;
  for (let start = 0; start < whole; start += RUN) {
    const end = <usize>min(start + RUN, whole);
    let even = f64x2.splat(0);
    let odd = f64x2.splat(0);
    for (let i = <usize>start; i < end; i += 8) {
      const eight = v128.load(from + 2 * i);
      const first = i32x4.shl(eight, 16);
      const second = v128.and(eight, upper);
      const one = i32x4.shuffle(first, second, 0, 4, 1, 5);
      const two = i32x4.shuffle(first, second, 2, 6, 3, 7);
      v128.store(into + 4 * i, one);
      v128.store(into + 4 * i, two, 16);
      const a = low(first);
      const b = high(first);
      const c = low(second);
      const d = high(second);
      even = f64x2.add(even, f64x2.add(f64x2.mul(a, a), f64x2.mul(c, c)));
      odd = f64x2.add(odd, f64x2.add(f64x2.mul(b, b), f64x2.mul(d, d)));
    }
    sum += total(f64x2.add(even, odd));
  }
  for (let i = <usize>whole; i < <usize>count; i++) {
    store<u32>(into + 4 * i, <u32>load<u16>(from + 2 * i) << 16);
    const value = <f64>load<f32>(into + 4 * i);
    sum += value * value;
  }
  return sum;
}

/** Binary16 to float32 at `into`; returns their sum of squares. What is read beyond the last is not used. */
export function decodeF16(from: usize, into: usize, count: i32): f64 {
  for (let i: usize = 0; i < <usize>count; i += 8) {
    const eight = v128.load(from + 2 * i);
    v128.store(into + 4 * i, widenF16(i32x4.extend_low_i16x8_u(eight)));
    v128.store(into + 4 * i, widenF16(i32x4.extend_high_i16x8_u(eight)), 16);
  }
  return sumSquares(into, count);
}

/** Float32 to `into`; returns their sum of squares. */
export function decodeF32(from: usize, into: usize, count: i32): f64 {
  memory.copy(into, from, 4 * <usize>count);
  return sumSquares(into, count);
}
