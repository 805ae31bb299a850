/* Rounds float32 to the two-byte dtypes, to nearest even; NaN becomes the canonical quiet NaN. */

/** Rounds four float32 to bfloat16 in the upper halves; lower halves are zero. */
// @ts-ignore: decorator
@inline
export function roundBf16(value: v128): v128 {
  const lsb = v128.and(i32x4.shr_u(value, 16), i32x4.splat(1));
  const rounded = i32x4.add(value, i32x4.add(lsb, i32x4.splat(0x7fff)));
  const isNan = f32x4.ne(value, value);
  return v128.and(v128.bitselect(i32x4.splat(0x7fc00000), rounded, isNan), i32x4.splat(<i32>0xffff0000));
}

/** Four float32 to binary16 in the lower halves of 32-bit lanes; overflow becomes infinity. */
// @ts-ignore: decorator
@inline
export function narrowF16(value: v128): v128 {
  const sign = v128.and(value, i32x4.splat(<i32>0x80000000));
  const magnitude = v128.xor(value, sign);
  // Below 2^-14: adding 0.5 puts the subnormal's last place on float32's, so that the addition rounds it.
  const small = i32x4.sub(f32x4.add(magnitude, i32x4.splat(0x3f000000)), i32x4.splat(0x3f000000));
  const odd = v128.and(i32x4.shr_u(magnitude, 13), i32x4.splat(1));
  const rebiased = i32x4.add(magnitude, i32x4.splat(<i32>0xc8000fff));
  const normal = i32x4.shr_u(i32x4.add(rebiased, odd), 13);
  const finite = v128.bitselect(small, normal, i32x4.lt_u(magnitude, i32x4.splat(0x38800000)));
  const huge = i32x4.ge_u(magnitude, i32x4.splat(0x47800000));
  const signed = v128.or(v128.bitselect(i32x4.splat(0x7c00), finite, huge), i32x4.shr_u(sign, 16));
  return v128.bitselect(i32x4.splat(0x7e00), signed, f32x4.ne(value, value));
}

/** Four float32, NaN made canonical. */
// @ts-ignore: decorator
@inline
export function canonicalF32(value: v128): v128 {
  return v128.bitselect(i32x4.splat(0x7fc00000), value, f32x4.ne(value, value));
}
