/* Multiplies and adds with one rounding at the end, as PyTorch's matrix products do on any processor of the last decade. */

import { high, low } from '../shared/vectors';

/** The sum, with a last bit that stands for all that rounding took: rounded on to float32 it then never meets a false tie. */
// @ts-ignore: decorator
@inline
function oddSum(product: v128, addend: v128): v128 {
  const sum = f64x2.add(product, addend);
  // What rounding took, exactly (Knuth's two-sum).
  const part = f64x2.sub(sum, product);
  const lost = f64x2.add(f64x2.sub(product, f64x2.sub(sum, part)), f64x2.sub(addend, part));
  const inexact = v128.or(f64x2.lt(lost, f64x2.splat(0)), f64x2.gt(lost, f64x2.splat(0)));
  const even = i64x2.eq(v128.and(sum, i64x2.splat(1)), i64x2.splat(0));
  const outward = i64x2.eq(i64x2.shr_s(v128.xor(sum, lost), 63), i64x2.splat(0));
  const step = v128.bitselect(i64x2.splat(1), i64x2.splat(-1), outward);
  return i64x2.add(sum, v128.and(v128.and(inexact, even), step));
}

/**
 * `a · b + c` in float32, rounded once. Where the instruction is not compiled in (`relaxed-simd` in asconfig.json), by
 * float64, in which the product is exact, at a twentieth of the speed.
 */
// @ts-ignore: decorator
@inline
export function madd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  const first = f64x2.mul(low(a), low(b));
  const second = f64x2.mul(high(a), high(b));
  const lower = f32x4.demote_f64x2_zero(oddSum(first, low(c)));
  const upper = f32x4.demote_f64x2_zero(oddSum(second, high(c)));
  return i64x2.shuffle(lower, upper, 0, 2);
}
