/** Bits of a float32 after the leading one. */
export const allBits = 23;

/**
 * Float32 numbers rounded to so many bits after the leading one, half to even: {@link allBits} keeps them as they are, 9 keeps
 * three decimal digits. Infinity, NaN and what would become infinite stay what they are.
 *
 * @param bitsOf how many for the number at a place
 */
export function roundedFloats(values: Float32Array, bitsOf: (index: number) => number): Float32Array {
  const rounded = Float32Array.from(values);
  const words = new Uint32Array(rounded.buffer);
  for (let i = 0; i < words.length; i++) {
    const [word, drop] = [words[i]!, allBits - bitsOf(i)];
    if (drop === 0 || (word & 0x7f800000) === 0x7f800000) continue;
    const even = (word >>> drop) & 1;
    const up = word + 2 ** (drop - 1) - 1 + even;
    // A carry into the exponent is the next power of two.
    const next = (up - (up % 2 ** drop)) >>> 0;
    if ((next & 0x7f800000) !== 0x7f800000) words[i] = next;
  }
  return rounded;
}
