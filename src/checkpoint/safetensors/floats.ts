import { dtypeBytes, type WeightDtype } from './dtype.ts';

/* Turns bfloat16 and float16 values into float32. */

const word = new DataView(new ArrayBuffer(4));

/** The float32 value of a bfloat16 bit pattern: its upper half. Exact. */
export function bfloat16ToFloat(bits: number): number {
  word.setUint32(0, bits << 16);
  return word.getFloat32(0);
}

/** The value of an IEEE 754 binary16 bit pattern, subnormals, infinities and NaN included. Exact. */
export function float16ToFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** Little-endian weights as float32, `[elements]`. For small tensors: single rows, norms, biases. */
export function decodeFloats(bytes: Uint8Array, dtype: WeightDtype): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (dtype === 'F32') {
    return Float32Array.from({ length: bytes.byteLength / 4 }, (_, i) => view.getFloat32(4 * i, true));
  }
  const convert = dtype === 'BF16' ? bfloat16ToFloat : float16ToFloat;
  return Float32Array.from({ length: bytes.byteLength / 2 }, (_, i) => convert(view.getUint16(2 * i, true)));
}

/** Every float16, by its bits. Made when the first matrix of them is met. */
let halves: Float32Array | undefined;

/** As {@link decodeFloats}, into the beginning of memory that is kept from span to span: for whole matrices. */
export function widenFloats(bytes: Uint8Array, dtype: WeightDtype, into: Float32Array): void {
  const aligned = bytes.byteOffset % dtypeBytes[dtype] === 0 ? bytes : new Uint8Array(bytes);
  if (dtype === 'F32') {
    into.set(new Float32Array(aligned.buffer, aligned.byteOffset, aligned.byteLength / 4));
    return;
  }
  const bits = new Uint16Array(aligned.buffer, aligned.byteOffset, aligned.byteLength / 2);
  if (dtype === 'BF16') {
    const words = new Uint32Array(into.buffer, into.byteOffset, bits.length);
    for (let i = 0; i < bits.length; i++) words[i] = bits[i]! << 16;
    return;
  }
  halves ??= Float32Array.from({ length: 2 ** 16 }, (_, value) => float16ToFloat(value));
  for (let i = 0; i < bits.length; i++) into[i] = halves[bits[i]!]!;
}
