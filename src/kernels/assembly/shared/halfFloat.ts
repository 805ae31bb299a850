/* Reads binary16 (float16) in a kernel. */

/** Four binary16 in the lower halves of 32-bit lanes to float32. Exact. */
// @ts-ignore: decorator
@inline
export function widenF16(half: v128): v128 {
  const sign = i32x4.shl(v128.and(half, i32x4.splat(0x8000)), 16);
  const magnitude = v128.and(half, i32x4.splat(0x7fff));
  // Moved to float32's fields, the exponent is 112 too small; a product with 2^112 mends normal and subnormal alike.
  const scaled = f32x4.mul(i32x4.shl(magnitude, 13), i32x4.splat(0x77800000));
  const special = i32x4.ge_u(magnitude, i32x4.splat(0x7c00));
  const infinite = v128.and(special, i32x4.splat(0x7f800000));
  return v128.or(v128.or(scaled, infinite), sign);
}
