/*
 * The statistics of diff.ts where both sides are bfloat16, straight from the bytes read: no copy as float32 is written
 * and read again. The sums are of the same float64 values; only the order of additions is another.
 *
 * What bounds it are the two ports of a core that add and convert; counting into bins goes on beside that on others,
 * and costs a twentieth there instead of a quarter in a loop of its own.
 */

import { addTo, CHECKPOINT, EQUAL, FIRST, FLIPS, FOURTH, REFERENCE, SECOND, THIRD } from '../shared/state';
import { high, largest, laneSum, low, total, widenHigh, widenLow } from '../shared/vectors';

/**
 * Columns gone through at a time, in two loops over what is in the first-level cache: largest values, then sums and
 * counters. Between them, `|delta|` is kept here as float32.
 */
const STRIP: usize = 512;
const magnitudes = memory.data(2112, 16);

/** Counts a float32 of no sign in the bin of its upper half; the address on other ports than the sums need. */
// @ts-ignore: decorator
@inline
function countOne(histogram: usize, at: usize, lane: usize): void {
  const bin = histogram + (<usize>load<u16>(at + lane, 2) << 4);
  store<u32>(bin + lane, load<u32>(bin + lane) + 1);
}

/** All ones where one of two bfloat16 is above 0 and the other below. */
// @ts-ignore: decorator
@inline
function signsDiffer16(left: v128, right: v128): v128 {
  const magnitude = i16x8.splat(0x7fff);
  const smaller = i16x8.min_u(v128.and(left, magnitude), v128.and(right, magnitude));
  const none = i16x8.splat(0);
  return v128.andnot(i16x8.lt_s(v128.xor(left, right), none), i16x8.eq(smaller, none));
}

/**
 * Adds rows of both sides to the sums, as `add` of diff.ts does, and both sides' squares: they are not finite
 * exactly when an element is not, and all other sums are of no use then. Elements with delta 0 are not counted: they
 * are those in the first bin, since bfloat16 differ by 2^-133 at least.
 * @param rows and `columns`, a multiple of 8, of less than 2^18 elements together
 */
export function addBf16(
  reference: usize, checkpoint: usize, rows: i32, columns: i32,
  state: usize, histogram: usize, rowSums: usize, rowLargest: usize, columnSums: usize, columnLargest: usize,
): void {
  const magnitude = i32x4.splat(0x7fffffff);
  let squares: f64 = 0;
  let first = f64x2.splat(0);
  let third = f64x2.splat(0);
  let fourth = f64x2.splat(0);
  let left2 = f64x2.splat(0);
  let right2 = f64x2.splat(0);
  let equal = i16x8.splat(0);
  let flips = i16x8.splat(0);
  const rowBytes: usize = (<usize>columns) << 1;
  for (let row: usize = 0; row < <usize>rows; row++) {
    const a = reference + row * rowBytes;
    const b = checkpoint + row * rowBytes;
    let rowSum = f64x2.splat(0);
    let rowMax = i32x4.splat(0);
    let tops = columnLargest;
    let sums = columnSums;
    for (let from: usize = 0; from < rowBytes; from += 2 * STRIP) {
      const end = min(from + 2 * STRIP, rowBytes);
      let put: usize = magnitudes;
      for (let at = from; at < end; at += 16) {
        const left = v128.load(a + at);
        const right = v128.load(b + at);
        equal = i16x8.sub(equal, i16x8.eq(left, right));
        flips = i16x8.sub(flips, signsDiffer16(left, right));
        const one = v128.and(f32x4.sub(widenLow(right), widenLow(left)), magnitude);
        const two = v128.and(f32x4.sub(widenHigh(right), widenHigh(left)), magnitude);
        rowMax = i32x4.max_s(rowMax, i32x4.max_s(one, two));
        v128.store(tops, i32x4.max_s(v128.load(tops), one));
        v128.store(tops, i32x4.max_s(v128.load(tops, 16), two), 16);
        v128.store(put, one);
        v128.store(put, two, 16);
        tops += 32;
        put += 32;
      }
      let taken: usize = magnitudes;
      for (let at = from; at < end; at += 8) {
        const left = widenLow(v128.load64_zero(a + at));
        const right = widenLow(v128.load64_zero(b + at));
        countOne(histogram, taken, 0);
        countOne(histogram, taken, 4);
        const left0 = low(left);
        const right0 = low(right);
        const delta0 = f64x2.sub(right0, left0);
        const square0 = f64x2.mul(delta0, delta0);
        left2 = f64x2.add(left2, f64x2.mul(left0, left0));
        right2 = f64x2.add(right2, f64x2.mul(right0, right0));
        rowSum = f64x2.add(rowSum, square0);
        v128.store(sums, f64x2.add(v128.load(sums), square0));
        first = f64x2.add(first, delta0);
        third = f64x2.add(third, f64x2.mul(square0, delta0));
        fourth = f64x2.add(fourth, f64x2.mul(square0, square0));
        countOne(histogram, taken, 8);
        countOne(histogram, taken, 12);
        const left1 = high(left);
        const right1 = high(right);
        const delta1 = f64x2.sub(right1, left1);
        const square1 = f64x2.mul(delta1, delta1);
        left2 = f64x2.add(left2, f64x2.mul(left1, left1));
        right2 = f64x2.add(right2, f64x2.mul(right1, right1));
        rowSum = f64x2.add(rowSum, square1);
        v128.store(sums, f64x2.add(v128.load(sums, 16), square1), 16);
        first = f64x2.add(first, delta1);
        third = f64x2.add(third, f64x2.mul(square1, delta1));
        fourth = f64x2.add(fourth, f64x2.mul(square1, square1));
        taken += 16;
        sums += 32;
      }
    }
    const rowTotal = total(rowSum);
    store<f64>(rowSums + 8 * row, rowTotal);
    store<f32>(rowLargest + 4 * row, largest(rowMax));
    squares += rowTotal;
  }
  addTo(state, FIRST, total(first));
  addTo(state, SECOND, squares);
  addTo(state, THIRD, total(third));
  addTo(state, FOURTH, total(fourth));
  addTo(state, EQUAL, <f64>laneSum(i32x4.extadd_pairwise_i16x8_u(equal)));
  addTo(state, FLIPS, <f64>laneSum(i32x4.extadd_pairwise_i16x8_u(flips)));
  addTo(state, REFERENCE, total(left2));
  addTo(state, CHECKPOINT, total(right2));
}
