/*
 * Adds a low-rank product to weights in place: w <- round(w + round?(scale · Σ_k left[k] · right[k])), all in float32. The sum
 * over k is sequential with a fused multiply-add, in blocks whose sums are added up, which is the order of PyTorch's
 * products on the CPU.
 *
 * `left` comes packed for groups of four rows, `[rows / 4, rank, 4]`, and `right` for panels of eight columns,
 * `[columns / 8, rank, 8]`: what a tile of 4 × 8 reads lies together. Both are padded with zeros.
 *
 * A type parameter stands for a dtype: u16 for bfloat16, i16 for binary16, f32 for float32.
 */

import { madd } from './fma';
import { widenF16 } from '../shared/halfFloat';
import { narrowF16, roundBf16 } from '../shared/rounding';
import { widenHigh, widenLow } from '../shared/vectors';

/** Rows that a panel is used for before the next one: their lines of the chunk stay in the first cache. */
const ROWS: i32 = 64;
/** Where the last columns are worked on when there are fewer than eight. */
const TAIL: usize = 1 << 15;

/** Four float32 as the dtype has them, widened again. */
// @ts-ignore: decorator
@inline
function rounded<T>(value: v128): v128 {
  if (isFloat<T>()) return value;
  return isSigned<T>() ? widenF16(narrowF16(value)) : roundBf16(value);
}

/** Adds eight deltas to the eight elements at a place. */
// @ts-ignore: decorator
@inline
function addTo<T>(at: usize, one: v128, two: v128, scale: v128, rounding: bool): void {
  let first = f32x4.mul(one, scale);
  let second = f32x4.mul(two, scale);
  if (rounding) {
    first = rounded<T>(first);
    second = rounded<T>(second);
  }
  if (isFloat<T>()) {
    v128.store(at, f32x4.add(v128.load(at), first));
    v128.store(at, f32x4.add(v128.load(at, 16), second), 16);
    return;
  }
  const eight = v128.load(at);
  if (isSigned<T>()) {
    const a = narrowF16(f32x4.add(widenF16(i32x4.extend_low_i16x8_u(eight)), first));
    const b = narrowF16(f32x4.add(widenF16(i32x4.extend_high_i16x8_u(eight)), second));
    v128.store(at, i16x8.narrow_i32x4_u(a, b));
  } else {
    const a = i32x4.shr_u(roundBf16(f32x4.add(widenLow(eight), first)), 16);
    const b = i32x4.shr_u(roundBf16(f32x4.add(widenHigh(eight), second)), 16);
    v128.store(at, i16x8.narrow_i32x4_u(a, b));
  }
}

/** Four rows by eight columns; `stride` is a row's bytes, `rows` how many of the four there are. */
function tile<T>(
  left: usize, right: usize, rank: i32, block: i32, at: usize, stride: usize, rows: i32, scale: v128, rounding: bool,
): void {
  const zero = f32x4.splat(0);
  let t0 = zero, t1 = zero, t2 = zero, t3 = zero, t4 = zero, t5 = zero, t6 = zero, t7 = zero;
  for (let begin = 0; begin < rank; begin += block) {
    let s0 = zero, s1 = zero, s2 = zero, s3 = zero, s4 = zero, s5 = zero, s6 = zero, s7 = zero;
    const end = min(begin + block, rank);
    let l = left + ((<usize>begin) << 4);
    let r = right + ((<usize>begin) << 5);
    for (let k = begin; k < end; k++) {
      const a = v128.load(r);
      const b = v128.load(r, 16);
      const x = v128.load32_splat(l);
      s0 = madd(x, a, s0);
      s1 = madd(x, b, s1);
      const y = v128.load32_splat(l, 4);
      s2 = madd(y, a, s2);
      s3 = madd(y, b, s3);
      const z = v128.load32_splat(l, 8);
      s4 = madd(z, a, s4);
      s5 = madd(z, b, s5);
      const w = v128.load32_splat(l, 12);
      s6 = madd(w, a, s6);
      s7 = madd(w, b, s7);
      l += 16;
      r += 32;
    }
    if (begin == 0) {
      t0 = s0; t1 = s1; t2 = s2; t3 = s3; t4 = s4; t5 = s5; t6 = s6; t7 = s7;
    } else {
      t0 = f32x4.add(t0, s0); t1 = f32x4.add(t1, s1); t2 = f32x4.add(t2, s2); t3 = f32x4.add(t3, s3);
      t4 = f32x4.add(t4, s4); t5 = f32x4.add(t5, s5); t6 = f32x4.add(t6, s6); t7 = f32x4.add(t7, s7);
    }
  }
  addTo<T>(at, t0, t1, scale, rounding);
  if (rows > 1) addTo<T>(at + stride, t2, t3, scale, rounding);
  if (rows > 2) addTo<T>(at + 2 * stride, t4, t5, scale, rounding);
  if (rows > 3) addTo<T>(at + 3 * stride, t6, t7, scale, rounding);
}

/** The last columns, fewer than eight, in a place of their own: a vector would run over into the next row. */
function tail<T>(
  left: usize, right: usize, rank: i32, block: i32, at: usize, stride: usize, rows: i32, bytes: usize,
  scale: v128, rounding: bool,
): void {
  for (let row = 0; row < rows; row++) memory.copy(TAIL + (<usize>row << 5), at + <usize>row * stride, bytes);
  tile<T>(left, right, rank, block, TAIL, 32, rows, scale, rounding);
  for (let row = 0; row < rows; row++) memory.copy(at + <usize>row * stride, TAIL + (<usize>row << 5), bytes);
}

function add<T>(
  chunk: usize, left: usize, right: usize, rows: i32, columns: i32, rank: i32, block: i32, factor: f32, rounding: bool,
): void {
  const scale = f32x4.splat(factor);
  const stride = <usize>columns * sizeof<T>();
  for (let from = 0; from < rows; from += ROWS) {
    const to = min(from + ROWS, rows);
    for (let column = 0; column < columns; column += 8) {
      const panel = right + <usize>column * <usize>rank * 4;
      const width = columns - column;
      for (let row = from; row < to; row += 4) {
        const group = left + <usize>row * <usize>rank * 4;
        const at = chunk + <usize>row * stride + <usize>column * sizeof<T>();
        const count = min(rows - row, 4);
        if (width >= 8) tile<T>(group, panel, rank, block, at, stride, count, scale, rounding);
        else tail<T>(group, panel, rank, block, at, stride, count, <usize>width * sizeof<T>(), scale, rounding);
      }
    }
  }
}

/**
 * @param dtype of the weights: 0 bfloat16, 1 binary16, 2 float32
 * @param chunk where `[rows, columns]` weights lie; @param block most summands that are added in one go
 * @param rounding whether the delta is rounded to the dtype before it is added
 */
export function addProduct(
  dtype: i32, chunk: usize, left: usize, right: usize, rows: i32, columns: i32, rank: i32, block: i32, factor: f32,
  rounding: bool,
): void {
  if (dtype == 0) add<u16>(chunk, left, right, rows, columns, rank, block, factor, rounding);
  else if (dtype == 1) add<i16>(chunk, left, right, rows, columns, rank, block, factor, rounding);
  else add<f32>(chunk, left, right, rows, columns, rank, block, factor, rounding);
}

/** Whether the processor multiplies and adds with one rounding: (1 + 2^-12)² − 1 − 2^-11 is 2^-24, or 0 with two. */
export function isFused(): bool {
  const x = f32x4.splat(1.000244140625);
  return f32x4.extract_lane(madd(x, x, f32x4.splat(-1.00048828125)), 0) != 0;
}
