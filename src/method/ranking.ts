/** Bits of the first radix pass: 2^11 buckets over sign and exponent and the top of the fraction. */
const bucketBits = 11;
const bucketShift = 32 - bucketBits;
const digitBits = 11;
const digits = 1 << digitBits;
/** Bit pattern of +Infinity; positive float32 patterns above it are NaN. */
const infinityBits = 0x7f800000;

/**
 * Ranks neurons by score (eq. 4): descending, ties to the lower flat index, strictly positive scores only. A NaN has
 * no rank; +Infinity ranks first. Positive float32 order like their bit patterns, so no comparison sort is needed: one
 * histogram finds the bucket where the limit falls, and only what lies at or above it is radix-sorted. The buffers
 * are kept from call to call.
 */
export class NeuronRanker {
  readonly #buckets = new Uint32Array(1 << bucketBits);
  readonly #counts = new Uint32Array(digits);
  #keys: Uint32Array;
  #indices: Uint32Array;
  #otherKeys: Uint32Array;
  #otherIndices: Uint32Array;

  /** @param neurons most neurons a call will rank */
  constructor(neurons: number) {
    [this.#keys, this.#indices] = [new Uint32Array(neurons), new Uint32Array(neurons)];
    [this.#otherKeys, this.#otherIndices] = [new Uint32Array(neurons), new Uint32Array(neurons)];
  }

  /** @param scores `[neurons]`, flat order. @returns flat indices, best first, at most `limit`. */
  rank(scores: Float32Array, limit: number): Uint32Array {
    const bits = new Uint32Array(scores.buffer, scores.byteOffset, scores.length);
    const count = this.#collect(bits, this.#threshold(bits, limit));
    for (let shift = 0; shift < 32; shift += digitBits) this.#sortByDigit(count, shift);
    return this.#indices.slice(0, Math.min(count, limit));
  }

  /** Smallest bit pattern that may still be among the first `limit`. */
  #threshold(bits: Uint32Array, limit: number): number {
    const buckets = this.#buckets.fill(0);
    // Unsigned, minus one: 0 and everything negative or NaN land above the largest positive number.
    for (let i = 0; i < bits.length; i++) {
      const value = bits[i]!;
      if (value - 1 < infinityBits && value !== 0) buckets[value >>> bucketShift]!++;
    }
    let bucket = buckets.length;
    for (let taken = 0; bucket > 0 && taken < limit; ) taken += buckets[--bucket]!;
    return Math.max(1, bucket * 2 ** bucketShift);
  }

  /** Copies candidates in flat order, keys inverted so that ascending means best first. Answers how many. */
  #collect(bits: Uint32Array, threshold: number): number {
    const keys = this.#keys;
    const indices = this.#indices;
    let count = 0;
    for (let i = 0; i < bits.length; i++) {
      const value = bits[i]!;
      if (value >= threshold && value <= infinityBits) {
        keys[count] = infinityBits - value;
        indices[count++] = i;
      }
    }
    return count;
  }

  /** One stable counting sort by `digitBits` bits; stability keeps ties in flat order. */
  #sortByDigit(count: number, shift: number): void {
    const counts = this.#counts.fill(0);
    const [keys, indices, otherKeys, otherIndices] = [this.#keys, this.#indices, this.#otherKeys, this.#otherIndices];
    for (let i = 0; i < count; i++) counts[(keys[i]! >>> shift) & (digits - 1)]!++;
    for (let digit = 0, sum = 0; digit < digits; digit++) {
      const here = counts[digit]!;
      counts[digit] = sum;
      sum += here;
    }
    for (let i = 0; i < count; i++) {
      const at = counts[(keys[i]! >>> shift) & (digits - 1)]!++;
      otherKeys[at] = keys[i]!;
      otherIndices[at] = indices[i]!;
    }
    [this.#keys, this.#indices, this.#otherKeys, this.#otherIndices] = [otherKeys, otherIndices, keys, indices];
  }
}
