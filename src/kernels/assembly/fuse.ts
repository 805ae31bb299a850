/*
 * Fusion of one chunk: sft <- f32(alpha) * sft + f32(1 - alpha) * base, in place over the SFT side, rounded once to
 * the dtype. WebAssembly has no fused multiply-add and keeps subnormals, so the result is the formula's, bit for bit;
 * NaN becomes the canonical quiet NaN. Where a mask is given, masked elements take the base's bits instead.
 *
 * Memory never grows: three buffers of a chunk and some slack each, so that the last vector may run over the end.
 */

import { widenF16 } from './halfFloat';

// Reading and fusing take the same in chunks of 1 MiB. Writing does not: the page cache then takes memory in pieces as
// large, which may not be at hand, and 1.1 GB took 0.8 or 2.3 s (Linux 6.18, ext4); in these chunks 0.8 to 1.2 s.
const CHUNK: i32 = 1 << 18;
const SLACK: i32 = 64;
const SFT: usize = 1 << 16;
const BASE: usize = SFT + CHUNK + SLACK;
const MASK: usize = BASE + CHUNK + SLACK;

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

// @ts-ignore: decorator
@inline
function store(at: usize, fused: v128, base: v128, masked: bool): void {
  v128.store(SFT + at, masked ? v128.bitselect(base, fused, v128.load(MASK + at)) : fused);
}

/** Rounds four float32 to bfloat16 in the upper halves, to nearest even; lower halves are zero. */
// @ts-ignore: decorator
@inline
function roundBf16(value: v128): v128 {
  const lsb = v128.and(i32x4.shr_u(value, 16), i32x4.splat(1));
  const rounded = i32x4.add(value, i32x4.add(lsb, i32x4.splat(0x7fff)));
  const isNan = f32x4.ne(value, value);
  return v128.and(v128.bitselect(i32x4.splat(0x7fc00000), rounded, isNan), i32x4.splat(<i32>0xffff0000));
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
    const fused = v128.bitselect(i32x4.splat(0x7fc00000), sum, f32x4.ne(sum, sum));
    store(at, fused, base, masked);
  }
}

/** Four float32 to binary16 in the lower halves of 32-bit lanes, to nearest even, overflow to infinity. */
// @ts-ignore: decorator
@inline
function narrowF16(value: v128): v128 {
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
