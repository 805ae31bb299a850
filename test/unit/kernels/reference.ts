import { bfloat16ToFloat, float16ToFloat } from '../../../src/checkpoint/floats.ts';

/* The fusion formula, element by element, written apart from the kernel: no bit tricks shared with it. */

const word = new DataView(new ArrayBuffer(4));

function floatOf(bits: number): number {
  word.setUint32(0, bits);
  return word.getFloat32(0);
}

function bitsOf(value: number): number {
  word.setFloat32(0, value);
  return word.getUint32(0);
}

/** Nearest value of a sorted table, ties to the even position. Both tables below have even bit patterns there. */
function nearest(value: number, table: Float64Array): number {
  let [low, high] = [0, table.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (table[middle]! <= value) low = middle;
    else high = middle - 1;
  }
  if (low === table.length - 1) return low;
  const [below, above] = [value - table[low]!, table[low + 1]! - value];
  if (below !== above) return below < above ? low : low + 1;
  return low % 2 === 0 ? low : low + 1;
}

/** Values of the patterns 0…infinity; infinity stands where the next finite value would, so that overflow rounds. */
function table(count: number, toFloat: (bits: number) => number, next: number): Float64Array {
  return Float64Array.from({ length: count + 1 }, (_, bits) => (bits === count ? next : toFloat(bits)));
}

const halves = table(0x7c00, float16ToFloat, 65536);
const brains = table(0x7f80, bfloat16ToFloat, 2 ** 128);

export const elements = {
  BF16: {
    size: 2,
    toFloat: bfloat16ToFloat,
    fromFloat: (value: number) => rounded(value, brains, 0x7f80, 0x7fc0),
  },
  F16: { size: 2, toFloat: float16ToFloat, fromFloat: (value: number) => rounded(value, halves, 0x7c00, 0x7e00) },
  F32: {
    size: 4,
    toFloat: floatOf,
    fromFloat: (value: number) => (Number.isNaN(value) ? 0x7fc00000 : bitsOf(value)),
  },
} as const;

function rounded(value: number, values: Float64Array, infinity: number, nan: number): number {
  if (Number.isNaN(value)) return nan;
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const magnitude = Math.abs(value);
  return sign | (magnitude === Number.POSITIVE_INFINITY ? infinity : nearest(magnitude, values));
}

/** `f32(alpha) · sft + f32(1 − alpha) · base`, bits to bits. */
export function fusedBits(dtype: keyof typeof elements, sft: number, base: number, alpha: number): number {
  if (alpha === 1) return sft;
  if (alpha === 0) return base;
  const { toFloat, fromFloat } = elements[dtype];
  const f32 = Math.fround;
  return fromFloat(f32(f32(f32(alpha) * toFloat(sft)) + f32(f32(1 - alpha) * toFloat(base))));
}
