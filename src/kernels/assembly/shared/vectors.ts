/* Small helpers on SIMD vectors that the kernels share. */

/** Sum of both lanes. */
// @ts-ignore: decorator
@inline
export function total(sums: v128): f64 {
  return f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1);
}

/** The first two float32 as float64. */
// @ts-ignore: decorator
@inline
export function low(floats: v128): v128 {
  return f64x2.promote_low_f32x4(floats);
}

/** The last two float32 as float64. */
// @ts-ignore: decorator
@inline
export function high(floats: v128): v128 {
  return f64x2.promote_low_f32x4(i64x2.shuffle(floats, floats, 1, 1));
}

/** Largest of four float32 that are not negative: their bits compare as integers. */
// @ts-ignore: decorator
@inline
export function largest(values: v128): f32 {
  const pairs = i32x4.max_s(values, i64x2.shuffle(values, values, 1, 0));
  const all = i32x4.max_s(pairs, i32x4.shuffle(pairs, pairs, 1, 0, 3, 2));
  return f32x4.extract_lane(all, 0);
}

// @ts-ignore: decorator
@inline
export function laneSum(counts: v128): i32 {
  return (
    i32x4.extract_lane(counts, 0) +
    i32x4.extract_lane(counts, 1) +
    i32x4.extract_lane(counts, 2) +
    i32x4.extract_lane(counts, 3)
  );
}

/** Four bfloat16 of the lower half as float32: they are its upper halves. */
// @ts-ignore: decorator
@inline
export function widenLow(eight: v128): v128 {
  return i16x8.shuffle(i16x8.splat(0), eight, 0, 8, 1, 9, 2, 10, 3, 11);
}

/** Four bfloat16 of the upper half as float32. */
// @ts-ignore: decorator
@inline
export function widenHigh(eight: v128): v128 {
  return i16x8.shuffle(i16x8.splat(0), eight, 4, 12, 5, 13, 6, 14, 7, 15);
}
