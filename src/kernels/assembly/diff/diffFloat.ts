/* Adds rows of two sides, read as float32, to the statistics of their difference. */

import { addTo, EQUAL, FIRST, FLIPS, FOURTH, SECOND, THIRD, ZERO } from '../shared/state';
import { high, largest, laneSum, low, total } from '../shared/vectors';

/**
 * Columns gone through at a time, in three loops over what is in the first-level cache: all in one ran out of
 * registers and took a seventh longer. Between the loops, the addresses of their counters are kept here.
 */
const STRIP: i32 = 512;
const addresses = memory.data(STRIP * 4 + 64, 16);

/** Counters of a bin. Four each, taken in turn, so that equal bins in a row do not wait for each other; 16 bytes. */
// @ts-ignore: decorator
@inline
function counters(histogram: usize, bin: u32): usize {
  return histogram + (<usize>bin << 4);
}

/** All ones where one of two float32 is above 0 and the other below. */
// @ts-ignore: decorator
@inline
function signsDiffer(left: v128, right: v128, magnitude: v128): v128 {
  const smaller = i32x4.min_u(v128.and(left, magnitude), v128.and(right, magnitude));
  const none = i32x4.splat(0);
  return v128.andnot(i32x4.lt_s(v128.xor(left, right), none), i32x4.eq(smaller, none));
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
  let flips = i32x4.splat(0);
  // Of the columns after the last whole vector.
  let first1: f64 = 0;
  let third1: f64 = 0;
  let fourth1: f64 = 0;
  let equal1 = 0;
  let zero1 = 0;
  let flips1 = 0;
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
        flips = i32x4.sub(flips, signsDiffer(left, right, magnitude));
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
      if ((left > 0 && right < 0) || (left < 0 && right > 0)) flips1 += 1;
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
  addTo(state, FLIPS, <f64>(laneSum(flips) + flips1));
}
