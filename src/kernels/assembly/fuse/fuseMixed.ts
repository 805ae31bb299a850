/*
 * Fusion where the SFT side, the base and the result are not all of one dtype: both sides are widened to float32, which is
 * exact, and the result is rounded once. It has a buffer of its own, since its elements differ in size.
 *
 * A type parameter stands for a dtype: u16 for bfloat16, i16 for binary16, f32 for float32. The compiler makes one function
 * of each combination.
 */

import { BASE, MASK, RESULT, SFT } from './fuseMemory';
import { widenF16 } from '../shared/halfFloat';
import { canonicalF32, narrowF16, roundBf16 } from '../shared/rounding';
import { widenHigh, widenLow } from '../shared/vectors';

/** The result is fused (eq. 1), or one side converted. */
const FUSED: i32 = 0;
const SFT_ONLY: i32 = 1;
const BASE_ONLY: i32 = 2;

/** Elements `i` to `i + 3` as float32. */
// @ts-ignore: decorator
@inline
function first<T>(side: usize, i: usize): v128 {
  if (isFloat<T>()) return v128.load(side + 4 * i);
  const eight = v128.load(side + 2 * i);
  return isSigned<T>() ? widenF16(i32x4.extend_low_i16x8_u(eight)) : widenLow(eight);
}

/** Elements `i + 4` to `i + 7` as float32. */
// @ts-ignore: decorator
@inline
function second<T>(side: usize, i: usize): v128 {
  if (isFloat<T>()) return v128.load(side + 4 * i, 16);
  const eight = v128.load(side + 2 * i);
  return isSigned<T>() ? widenF16(i32x4.extend_high_i16x8_u(eight)) : widenHigh(eight);
}

/** Eight float32 as elements of the result, in one vector; of float32 itself the first four. */
// @ts-ignore: decorator
@inline
function rounded<D>(one: v128, two: v128): v128 {
  if (isFloat<D>()) return canonicalF32(one);
  if (isSigned<D>()) return i16x8.narrow_i32x4_u(narrowF16(one), narrowF16(two));
  return i16x8.narrow_i32x4_u(i32x4.shr_u(roundBf16(one), 16), i32x4.shr_u(roundBf16(two), 16));
}

/** Same dtype: the very bits, NaN payloads too. */
// @ts-ignore: decorator
@inline
function sameType<T, D>(): bool {
  return isFloat<T>() == isFloat<D>() && isSigned<T>() == isSigned<D>();
}

// @ts-ignore: decorator
@inline
function converted<T, D>(side: usize, i: usize, half: usize, one: v128, two: v128): v128 {
  if (sameType<T, D>()) return v128.load(side + (i << (isFloat<T>() ? 2 : 1)) + half);
  return rounded<D>(one, two);
}

/** The plain case, apart: a loop that decides nothing else is up to twice as fast. */
// @ts-ignore: decorator
@inline
function fuseAll<S, B, D>(count: i32, a: v128, b: v128): void {
  for (let i: usize = 0; i < <usize>count; i += 8) {
    const f1 = f32x4.add(f32x4.mul(a, first<S>(SFT, i)), f32x4.mul(b, first<B>(BASE, i)));
    const f2 = f32x4.add(f32x4.mul(a, second<S>(SFT, i)), f32x4.mul(b, second<B>(BASE, i)));
    v128.store(RESULT + (i << (isFloat<D>() ? 2 : 1)), rounded<D>(f1, f2));
    if (isFloat<D>()) v128.store(RESULT + 4 * i, rounded<D>(f2, f1), 16);
  }
}

/**
 * @param count elements; @param mode {@link FUSED}, {@link SFT_ONLY} or {@link BASE_ONLY}
 * @param masked whether elements under the mask, which has the result's element size, take the base's converted value
 */
function fuse<S, B, D>(count: i32, alpha: f32, beta: f32, mode: i32, masked: bool): void {
  const a = f32x4.splat(alpha);
  const b = f32x4.splat(beta);
  if (mode == FUSED && !masked) {
    fuseAll<S, B, D>(count, a, b);
    return;
  }
  for (let i: usize = 0; i < <usize>count; i += 8) {
    const s1 = first<S>(SFT, i);
    const s2 = second<S>(SFT, i);
    const b1 = first<B>(BASE, i);
    const b2 = second<B>(BASE, i);
    const at = i << (isFloat<D>() ? 2 : 1);
    const f1 = f32x4.add(f32x4.mul(a, s1), f32x4.mul(b, b1));
    const f2 = f32x4.add(f32x4.mul(a, s2), f32x4.mul(b, b2));
    put<S, B, D>(i, at, 0, rounded<D>(f1, f2), s1, s2, b1, b2, mode, masked);
    if (isFloat<D>()) put<S, B, D>(i, at, 16, rounded<D>(f2, f1), s2, s1, b2, b1, mode, masked);
  }
}

/** Stores one vector of the result: fused, or one side's, and the base's under the mask. */
// @ts-ignore: decorator
@inline
function put<S, B, D>(
  i: usize, at: usize, half: usize, fused: v128,
  s1: v128, s2: v128, b1: v128, b2: v128, mode: i32, masked: bool,
): void {
  const base = converted<B, D>(BASE, i, half, b1, b2);
  let out = fused;
  if (mode == SFT_ONLY) out = converted<S, D>(SFT, i, half, s1, s2);
  else if (mode == BASE_ONLY) out = base;
  v128.store(RESULT + at + half, masked ? v128.bitselect(base, out, v128.load(MASK + at + half)) : out);
}

// @ts-ignore: decorator
@inline
function toDtype<S, B>(out: i32, count: i32, alpha: f32, beta: f32, mode: i32, masked: bool): void {
  if (out == 0) fuse<S, B, u16>(count, alpha, beta, mode, masked);
  else if (out == 1) fuse<S, B, i16>(count, alpha, beta, mode, masked);
  else fuse<S, B, f32>(count, alpha, beta, mode, masked);
}

// @ts-ignore: decorator
@inline
function fromBase<S>(base: i32, out: i32, count: i32, alpha: f32, beta: f32, mode: i32, masked: bool): void {
  if (base == 0) toDtype<S, u16>(out, count, alpha, beta, mode, masked);
  else if (base == 1) toDtype<S, i16>(out, count, alpha, beta, mode, masked);
  else toDtype<S, f32>(out, count, alpha, beta, mode, masked);
}

/** Dtypes by number: 0 bfloat16, 1 binary16, 2 float32. */
export function fuseMixed(
  sft: i32, base: i32, out: i32, count: i32, alpha: f32, beta: f32, mode: i32, masked: bool,
): void {
  if (sft == 0) fromBase<u16>(base, out, count, alpha, beta, mode, masked);
  else if (sft == 1) fromBase<i16>(base, out, count, alpha, beta, mode, masked);
  else fromBase<f32>(base, out, count, alpha, beta, mode, masked);
}
