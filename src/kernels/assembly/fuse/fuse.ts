/*
 * Fusion of one chunk of one dtype: sft <- f32(alpha) * sft + f32(1 - alpha) * base, in place over the SFT side, rounded
 * once to the dtype. WebAssembly has no fused multiply-add and keeps subnormals, so the result is the formula's, bit for
 * bit; NaN becomes the canonical quiet NaN. Where a mask is given, masked elements take the base's bits instead.
 */

import { BASE, CHUNK, MASK, RESULT, SFT } from './fuseMemory';
import { widenF16 } from '../shared/halfFloat';
import { canonicalF32, narrowF16, roundBf16 } from '../shared/rounding';

export { fuseMixed } from './fuseMixed';

/** Most bytes of a chunk. */
export function chunkBytes(): i32 {
  return CHUNK;
}
/** Where the SFT chunk goes in, and the result comes out. */
export function sftOffset(): usize {
  return SFT;
}
/** Where the base chunk goes in. It is left as it is. */
export function baseOffset(): usize {
  return BASE;
}
/** Where the mask goes in: all ones in each element that takes the base's bits, zeros elsewhere. */
export function maskOffset(): usize {
  return MASK;
}

/** Where the result comes out when dtypes differ. */
export function resultOffset(): usize {
  return RESULT;
}

// @ts-ignore: decorator
@inline
function store(at: usize, fused: v128, base: v128, masked: bool): void {
  v128.store(SFT + at, masked ? v128.bitselect(base, fused, v128.load(MASK + at)) : fused);
}

// Eight bfloat16 are four 32-bit lanes: shifted up they give the even ones as float32, masked the odd ones.
export function fuseBf16(bytes: i32, alpha: f32, beta: f32, masked: bool): void {
  const a = f32x4.splat(alpha);
  const b = f32x4.splat(beta);
  const upper = i32x4.splat(<i32>0xffff0000);
  for (let at: usize = 0; at < <usize>bytes; at += 16) {
    const sft = v128.load(SFT + at);
    const base = v128.load(BASE + at);
    const even = f32x4.add(f32x4.mul(a, i32x4.shl(sft, 16)), f32x4.mul(b, i32x4.shl(base, 16)));
    const odd = f32x4.add(f32x4.mul(a, v128.and(sft, upper)), f32x4.mul(b, v128.and(base, upper)));
    store(at, v128.or(i32x4.shr_u(roundBf16(even), 16), roundBf16(odd)), base, masked);
  }
}

export function fuseF32(bytes: i32, alpha: f32, beta: f32, masked: bool): void {
  const a = f32x4.splat(alpha);
  const b = f32x4.splat(beta);
  for (let at: usize = 0; at < <usize>bytes; at += 16) {
    const base = v128.load(BASE + at);
    const sum = f32x4.add(f32x4.mul(a, v128.load(SFT + at)), f32x4.mul(b, base));
    store(at, canonicalF32(sum), base, masked);
  }
}

export function fuseF16(bytes: i32, alpha: f32, beta: f32, masked: bool): void {
  const a = f32x4.splat(alpha);
  const b = f32x4.splat(beta);
  for (let at: usize = 0; at < <usize>bytes; at += 16) {
    const sft = v128.load(SFT + at);
    const base = v128.load(BASE + at);
    const low = f32x4.add(
      f32x4.mul(a, widenF16(i32x4.extend_low_i16x8_u(sft))),
      f32x4.mul(b, widenF16(i32x4.extend_low_i16x8_u(base))),
    );
    const high = f32x4.add(
      f32x4.mul(a, widenF16(i32x4.extend_high_i16x8_u(sft))),
      f32x4.mul(b, widenF16(i32x4.extend_high_i16x8_u(base))),
    );
    store(at, i16x8.narrow_i32x4_u(narrowF16(low), narrowF16(high)), base, masked);
  }
}

/** Takes the base's bits where the mask says so, and keeps the SFT side's elsewhere; any dtype. */
export function select(bytes: i32): void {
  for (let at: usize = 0; at < <usize>bytes; at += 16) store(at, v128.load(SFT + at), v128.load(BASE + at), true);
}
