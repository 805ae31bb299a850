/*
 * Multiplies the change of a tensor, row by row as it is read, with a few vectors: of delta = checkpoint - reference
 * (an m × n matrix) and Q (n × 8) it adds deltaᵀ (delta Q), which is what finding the largest singular values takes.
 *
 * Products are float32, eight vectors to a pass; sums over rows are put aside as float64 by the caller's chunks. No
 * fused multiply-add, so that the sums are the same everywhere, bit for bit.
 */

import { widenF16 } from '../shared/halfFloat';
import { high, low, widenLow } from '../shared/vectors';

/** How elements are stored: as `kinds` of src/kernels/spectrumKernel.ts. */
const BF16: i32 = 0;
const F16: i32 = 1;

// @ts-ignore: decorator
@inline
function four(from: usize, element: usize, kind: i32): v128 {
  if (kind == BF16) return widenLow(v128.load64_zero(from + 2 * element));
  if (kind == F16) return widenF16(i32x4.extend_low_i16x8_u(v128.load64_zero(from + 2 * element)));
  return v128.load(from + 4 * element);
}

// @ts-ignore: decorator
@inline
function finite(values: v128): v128 {
  return i32x4.lt_s(v128.and(values, i32x4.splat(0x7fffffff)), i32x4.splat(0x7f800000));
}

/**
 * The change of elements, times `before` and `after`, as float32 at `into`; 0 where a side is infinite or no number. Up to
 * three elements behind the last are written too.
 * @param before multiplies each side: at most 1, where sides are so large that their difference may be infinite
 * @param after multiplies the difference
 */
export function deltas(
  reference: usize, referenceKind: i32, checkpoint: usize, checkpointKind: i32,
  into: usize, count: i32, before: f32, after: f32,
): void {
  const first = f32x4.splat(before);
  const second = f32x4.splat(after);
  for (let i: usize = 0; i < <usize>count; i += 4) {
    const left = four(reference, i, referenceKind);
    const right = four(checkpoint, i, checkpointKind);
    const change = f32x4.mul(f32x4.sub(f32x4.mul(right, first), f32x4.mul(left, first)), second);
    v128.store(into + 4 * i, v128.and(change, v128.and(finite(left), finite(right))));
  }
}

// @ts-ignore: decorator
@inline
function times(sum: v128, at: usize, vector: v128): v128 {
  return f32x4.add(sum, f32x4.mul(v128.load32_splat(at), vector));
}

/**
 * Adds deltaᵀ (delta Q) of some rows to `sums`. Four rows at a time, so that each vector that is loaded is used four
 * times.
 * @param rows a multiple of 4; rows that are not there are zeros
 * @param vectors Q, `[columns, 8]`; @param products `[columns, 8]`, added to
 */
export function multiply(delta: usize, rows: i32, columns: i32, vectors: usize, products: usize): void {
  const rowBytes = (<usize>columns) << 2;
  for (let row = 0; row < rows; row += 4) {
    const a = delta + <usize>row * rowBytes;
    const b = a + rowBytes;
    const c = b + rowBytes;
    const d = c + rowBytes;
    let a0 = f32x4.splat(0);
    let a1 = f32x4.splat(0);
    let b0 = f32x4.splat(0);
    let b1 = f32x4.splat(0);
    let c0 = f32x4.splat(0);
    let c1 = f32x4.splat(0);
    let d0 = f32x4.splat(0);
    let d1 = f32x4.splat(0);
    for (let at: usize = 0; at < rowBytes; at += 4) {
      const one = v128.load(vectors + (at << 3));
      const two = v128.load(vectors + (at << 3), 16);
      a0 = times(a0, a + at, one);
      a1 = times(a1, a + at, two);
      b0 = times(b0, b + at, one);
      b1 = times(b1, b + at, two);
      c0 = times(c0, c + at, one);
      c1 = times(c1, c + at, two);
      d0 = times(d0, d + at, one);
      d1 = times(d1, d + at, two);
    }
    for (let at: usize = 0; at < rowBytes; at += 4) {
      const to = products + (at << 3);
      let one = v128.load(to);
      let two = v128.load(to, 16);
      one = times(times(times(times(one, a + at, a0), b + at, b0), c + at, c0), d + at, d0);
      two = times(times(times(times(two, a + at, a1), b + at, b1), c + at, c1), d + at, d1);
      v128.store(to, one);
      v128.store(to, two, 16);
    }
  }
}

/** Adds float32 to float64 sums, and makes them zeros. @param count a multiple of 4 */
export function putAside(products: usize, sums: usize, count: i32): void {
  for (let i: usize = 0; i < <usize>count; i += 4) {
    const four = v128.load(products + 4 * i);
    const to = sums + 8 * i;
    v128.store(to, f64x2.add(v128.load(to), low(four)));
    v128.store(to, f64x2.add(v128.load(to, 16), high(four)), 16);
    v128.store(products + 4 * i, f32x4.splat(0));
  }
}
