/*
 * Statistics of delta = checkpoint - reference over a chunk of whole rows, or of a piece of one row. Both sides are
 * first read as float32 (exact from bfloat16 and binary16), delta and all sums are float64. WebAssembly has no fused
 * multiply-add and a fixed order of operations, so that the sums are the same everywhere, bit for bit.
 *
 * The caller lays out the memory and passes addresses; every buffer has 64 bytes of slack behind it, into which the
 * last vector may run.
 */

import { widenF16 } from './halfFloat';
import { addTo, EQUAL, FIRST, FOURTH, SECOND, THIRD, ZERO } from './state';
import { high, largest, laneSum, low, total } from './vectors';

export { addBf16 } from './diffBf16';

/** Elements summed before a partial sum is put aside: keeps sums of many elements as exact as pairwise ones. */
const RUN: i32 = 2048;

/**
 * Columns gone through at a time, in three loops over what is in the first-level cache: all in one ran out of
 * registers and took a seventh longer. Between the loops, the addresses of their counters are kept here.
 */
const STRIP: i32 = 512;
const addresses = memory.data(STRIP * 4 + 64, 16);

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

/** Counters of a bin. Four each, taken in turn, so that equal bins in a row do not wait for each other; 16 bytes. */
// @ts-ignore: decorator
@inline
function counters(histogram: usize, bin: u32): usize {
  return histogram + (<usize>bin << 4);
}

/**
 * Adds rows of both sides to the sums; power sums are of delta.
 * @param state added to: all but both sides' squares
 * @param histogram four counters for each of the upper 16 bits of `|delta|` as float32
 * @param rowSums out: sum of delta² of each row
 * @param rowLargest out: largest `|delta|` of each row as float32
 * @param columnSums sum of delta² of each column, float64, added to
 * @param columnLargest largest `|delta|` of each column as float32, kept up
 */
export function add(
  reference: usize, checkpoint: usize, rows: i32, columns: i32,
  state: usize, histogram: usize, rowSums: usize, rowLargest: usize, columnSums: usize, columnLargest: usize,
): void {
  const magnitude = i32x4.splat(0x7fffffff);
  const base = i32x4.splat(<i32>histogram);
  const binMask = i32x4.splat(~15);
  let squares: f64 = 0;
  let first = f64x2.splat(0);
  let third = f64x2.splat(0);
  let fourth = f64x2.splat(0);
  let equal = i32x4.splat(0);
  let zero = i32x4.splat(0);
  // Of the columns after the last whole vector.
  let first1: f64 = 0;
  let third1: f64 = 0;
  let fourth1: f64 = 0;
  let equal1 = 0;
  let zero1 = 0;
  const whole = columns & ~3;
  for (let row = 0; row < rows; row++) {
    const a = reference + 4 * <usize>row * <usize>columns;
    const b = checkpoint + 4 * <usize>row * <usize>columns;
    let rowSum = f64x2.splat(0);
    let rowSum1 = f64x2.splat(0);
    let rowMax = i32x4.splat(0);
    for (let from = 0; from < whole; from += STRIP) {
      const end = min(from + STRIP, whole);
      const left0 = a + 4 * <usize>from;
      const right0 = b + 4 * <usize>from;
      const length: usize = (<usize>(end - from)) << 2;
      const tops = columnLargest + 4 * <usize>from;
      for (let at: usize = 0; at < length; at += 16) {
        const left = v128.load(left0 + at);
        const right = v128.load(right0 + at);
        equal = i32x4.sub(equal, i32x4.eq(left, right));
        zero = i32x4.sub(zero, f32x4.eq(left, right));
        const absolute = v128.and(f32x4.sub(right, left), magnitude);
        rowMax = i32x4.max_s(rowMax, absolute);
        v128.store(tops + at, i32x4.max_s(v128.load(tops + at), absolute));
        v128.store(addresses + at, i32x4.add(base, v128.and(i32x4.shr_u(absolute, 12), binMask)));
      }
      for (let at: usize = addresses; at < addresses + length; at += 16) {
        const one = <usize>load<u32>(at);
        store<u32>(one, load<u32>(one) + 1);
        const two = <usize>load<u32>(at, 4);
        store<u32>(two, load<u32>(two, 4) + 1, 4);
        const three = <usize>load<u32>(at, 8);
        store<u32>(three, load<u32>(three, 8) + 1, 8);
        const four = <usize>load<u32>(at, 12);
        store<u32>(four, load<u32>(four, 12) + 1, 12);
      }
      let sums = columnSums + 8 * <usize>from;
      for (let at: usize = 0; at < length; at += 16) {
        const delta0 = f64x2.sub(
          low(v128.load64_zero(right0 + at)),
          low(v128.load64_zero(left0 + at)),
        );
        const square0 = f64x2.mul(delta0, delta0);
        rowSum = f64x2.add(rowSum, square0);
        v128.store(sums, f64x2.add(v128.load(sums), square0));
        first = f64x2.add(first, delta0);
        third = f64x2.add(third, f64x2.mul(square0, delta0));
        fourth = f64x2.add(fourth, f64x2.mul(square0, square0));
        const delta1 = f64x2.sub(
          low(v128.load64_zero(right0 + at, 8)),
          low(v128.load64_zero(left0 + at, 8)),
        );
        const square1 = f64x2.mul(delta1, delta1);
        rowSum1 = f64x2.add(rowSum1, square1);
        v128.store(sums, f64x2.add(v128.load(sums, 16), square1), 16);
        first = f64x2.add(first, delta1);
        third = f64x2.add(third, f64x2.mul(square1, delta1));
        fourth = f64x2.add(fourth, f64x2.mul(square1, square1));
        sums += 32;
      }
    }
    let rowTotal = total(f64x2.add(rowSum, rowSum1));
    let rowTop = largest(rowMax);
    for (let column = <usize>whole; column < <usize>columns; column++) {
      const left = load<f32>(a + 4 * column);
      const right = load<f32>(b + 4 * column);
      if (reinterpret<u32>(left) == reinterpret<u32>(right)) equal1 += 1;
      if (left == right) zero1 += 1;
      const absolute = abs(right - left);
      rowTop = max(rowTop, absolute);
      store<f32>(columnLargest + 4 * column, max(load<f32>(columnLargest + 4 * column), absolute));
      const counter = counters(histogram, reinterpret<u32>(absolute) >> 16);
      store<u32>(counter, load<u32>(counter) + 1);
      const delta = <f64>right - <f64>left;
      const square = delta * delta;
      rowTotal += square;
      store<f64>(columnSums + 8 * column, load<f64>(columnSums + 8 * column) + square);
      first1 += delta;
      third1 += square * delta;
      fourth1 += square * square;
    }
    store<f64>(rowSums + 8 * <usize>row, rowTotal);
    store<f32>(rowLargest + 4 * <usize>row, rowTop);
    squares += rowTotal;
  }
  addTo(state, FIRST, total(first) + first1);
  addTo(state, SECOND, squares);
  addTo(state, THIRD, total(third) + third1);
  addTo(state, FOURTH, total(fourth) + fourth1);
  addTo(state, EQUAL, <f64>(laneSum(equal) + equal1));
  addTo(state, ZERO, <f64>(laneSum(zero) + zero1));
}

/** Largest of each run of columns, `[edges[i], edges[i + 1])`, into `cells`, kept up; clears the columns. */
export function pool(columnLargest: usize, edges: usize, count: i32, cells: usize): void {
  for (let cell: usize = 0; cell < <usize>count; cell++) {
    let at = columnLargest + (<usize>load<u32>(edges + 4 * cell) << 2);
    const end = columnLargest + (<usize>load<u32>(edges + 4 * cell, 4) << 2);
    let tops = i32x4.splat(0);
    for (; at + 16 <= end; at += 16) tops = i32x4.max_s(tops, v128.load(at));
    let top = max(load<f32>(cells + 4 * cell), largest(tops));
    for (; at < end; at += 4) top = max(top, load<f32>(at));
    store<f32>(cells + 4 * cell, top);
  }
  memory.fill(columnLargest, 0, 4 * <usize>load<u32>(edges + 4 * <usize>count));
}

/**
 * Sums each bin's four counters into one 32-bit counter a bin at `into`, and clears them.
 * @returns the first bin but 0 that holds any; `count` when there is none
 */
export function gather(histogram: usize, into: usize, count: i32): i32 {
  const none = i32x4.splat(0);
  let first = count;
  for (let bin = count - 1; bin >= 0; bin--) {
    const four = v128.load(histogram + 16 * <usize>bin);
    store<u32>(into + 4 * <usize>bin, laneSum(four));
    if (!v128.any_true(four)) continue;
    v128.store(histogram + 16 * <usize>bin, none);
    if (bin > 0) first = bin;
  }
  return first;
}
