/* The fusion formula, element by element, written apart from the program: no code and no bit tricks shared with it. */

const word = new DataView(new ArrayBuffer(4));

function floatOf(bits: number): number {
  word.setUint32(0, bits);
  return word.getFloat32(0);
}

function bitsOf(value: number): number {
  word.setFloat32(0, value);
  return word.getUint32(0);
}

/** bfloat16 is the first half of a float32. */
function brainToFloat(bits: number): number {
  word.setUint16(0, bits);
  word.setUint16(2, 0);
  return word.getFloat32(0);
}

/** binary16 by its definition: 5 bits of exponent, biased by 15, and 10 of fraction. */
function halfToFloat(bits: number): number {
  const digits = bits.toString(2).padStart(16, '0');
  const sign = digits[0] === '1' ? -1 : 1;
  const exponent = Number.parseInt(digits.slice(1, 6), 2);
  const fraction = Number.parseInt(digits.slice(6), 2);
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/** Nearest value of a sorted table, ties to the even position: the tables below have even bit patterns there. */
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

const halves = table(0x7c00, halfToFloat, 65536);
const brains = table(0x7f80, brainToFloat, 2 ** 128);

function rounded(value: number, values: Float64Array, nan: number): number {
  if (Number.isNaN(value)) return nan;
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const magnitude = Math.abs(value);
  return sign | (magnitude === Number.POSITIVE_INFINITY ? values.length - 1 : nearest(magnitude, values));
}

export const elements = {
  BF16: { size: 2, toFloat: brainToFloat, fromFloat: (value: number) => rounded(value, brains, 0x7fc0) },
  F16: { size: 2, toFloat: halfToFloat, fromFloat: (value: number) => rounded(value, halves, 0x7e00) },
  F32: {
    size: 4,
    toFloat: floatOf,
    fromFloat: (value: number) => (Number.isNaN(value) ? 0x7fc00000 : bitsOf(value)),
  },
} as const;

export type ElementType = keyof typeof elements;

/** The same value in another dtype, rounded to nearest even; the very bits in the same one. */
export function convertedBits(from: ElementType, to: ElementType, bits: number): number {
  return from === to ? bits : elements[to].fromFloat(elements[from].toFloat(bits));
}

/** `f32(alpha) · sft + f32(1 − alpha) · base`, bits to bits. */
export function fusedBits(
  dtype: ElementType,
  sft: number,
  base: number,
  alpha: number,
  baseDtype = dtype,
  out = dtype,
): number {
  if (alpha === 1) return convertedBits(dtype, out, sft);
  if (alpha === 0) return convertedBits(baseDtype, out, base);
  const f32 = Math.fround;
  const [left, right] = [elements[dtype].toFloat(sft), elements[baseDtype].toFloat(base)];
  return elements[out].fromFloat(f32(f32(f32(alpha) * left) + f32(f32(1 - alpha) * right)));
}

/** Bit patterns as elements of a dtype over the same bytes. */
export function elementsOf(dtype: ElementType, bytes: Uint8Array): Uint16Array | Uint32Array {
  return elements[dtype].size === 2
    ? new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2)
    : new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
}

/** Deterministic random 32-bit patterns. */
export function randomBits(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state ^ (state >>> 13)) >>> 0;
  };
}
