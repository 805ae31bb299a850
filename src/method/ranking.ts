/* Ranks a model's neurons by their scores for one target token (eq. 4 of the paper). */

/** Buckets of the first histogram: sign, exponent and the top two bits of the fraction. */
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
    // Signed: V8 keeps small integers unboxed, and a positive float32 is a positive int32 (13 ms less per target).
    const bits = new Int32Array(scores.buffer, scores.byteOffset, scores.length);
    const count = this.#collect(bits, this.#threshold(bits, limit));
    for (let shift = 0; shift < 32; shift += digitBits) this.#sortByDigit(count, shift);
    return this.#indices.slice(0, Math.min(count, limit));
  }

  /** Smallest bit pattern that may still be among the first `limit`. */
  #threshold(bits: Int32Array, limit: number): number {
    const buckets = this.#buckets.fill(0);
    // Every pattern is counted, negative and NaN too, and their buckets ignored: a test for the sign would be
    // mispredicted half of the time, which took five times as long (9 against 2 ms for 1.7 million neurons).
    for (let i = 0; i < bits.length; i++) buckets[bits[i]! >>> bucketShift]!++;
    let bucket = infinityBits >>> bucketShift;
    let taken = buckets[bucket] === 0 ? 0 : infinities(bits);
    while (bucket > 0 && taken < limit) taken += buckets[--bucket]!;
    return Math.max(1, bucket << bucketShift);
  }

  /** Copies candidates in flat order, keys inverted so that ascending means best first. Answers how many. */
  #collect(bits: Int32Array, threshold: number): number {
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

/** How many scores are +Infinity; they share their bucket with NaN. */
function infinities(bits: Int32Array): number {
  let count = 0;
  for (let i = 0; i < bits.length; i++) if (bits[i] === infinityBits) count++;
  return count;
}
