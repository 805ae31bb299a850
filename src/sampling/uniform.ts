/*
 * Random numbers by counter: each is a function of the seed and of what it is for, never of what was drawn before. So an
 * answer does not depend on which others were sampled beside it, in what order, or by which process.
 *
 * Philox 4x32-10 (Salmon et al., Parallel random numbers: as easy as 1, 2, 3, SC 2011).
 */

const multipliers = [0xd2511f53, 0xcd9e8d57] as const;
const weyl = [0x9e3779b9, 0xbb67ae85] as const;
const rounds = 10;

/** Upper 32 bits of the product of two unsigned 32-bit numbers. */
function upperProduct(a: number, b: number): number {
  const [aLow, aHigh, bLow, bHigh] = [a & 0xffff, a >>> 16, b & 0xffff, b >>> 16];
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const other = aLow * bHigh + (middle & 0xffff);
  return (aHigh * bHigh + Math.floor(middle / 2 ** 16) + Math.floor(other / 2 ** 16)) >>> 0;
}

/** @param counter four and @param key two unsigned 32-bit numbers; @returns four */
export function philox(
  counter: readonly [number, number, number, number],
  key: readonly [number, number],
): [number, number, number, number] {
  let [c0, c1, c2, c3] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < rounds; round++) {
    const [high0, low0] = [upperProduct(multipliers[0], c0), Math.imul(multipliers[0], c0) >>> 0];
    const [high1, low1] = [upperProduct(multipliers[1], c2), Math.imul(multipliers[1], c2) >>> 0];
    [c0, c1, c2, c3] = [(high1 ^ c1 ^ k0) >>> 0, low1, (high0 ^ c3 ^ k1) >>> 0, low0];
    k0 = (k0 + weyl[0]) >>> 0;
    k1 = (k1 + weyl[1]) >>> 0;
  }
  return [c0, c1, c2, c3];
}

/**
 * The random number that a token is drawn with, from 0 up to, not including, 1, with 53 bits.
 * @param seed from 0 to 2⁵³ − 1
 * @param prompt index of the prompt; @param sample of its answers; @param step tokens before it in the answer
 */
export function uniformAt(seed: number, prompt: number, sample: number, step: number): number {
  const key = [seed >>> 0, Math.floor(seed / 2 ** 32)] as const;
  const [first, second] = philox([step >>> 0, sample >>> 0, prompt >>> 0, Math.floor(prompt / 2 ** 32)], key);
  return (first * 2 ** 21 + (second >>> 11)) / 2 ** 53;
}
