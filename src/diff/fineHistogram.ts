import { fineBins } from '../kernels/diffKernel.ts';
import type { LogHistogram } from './tensorDifference.ts';

/*
 * Counts of |delta| by the upper half of its float32: 8 bits of exponent e and 7 of fraction f, bin `128 e + f`. For
 * e > 0 the bin covers `[2^(e-127) (1 + f/128), 2^(e-127) (1 + (f+1)/128))`, for e = 0 `[f, f+1) · 2^-133`. The last
 * exponent, infinity's, holds what is 2^128 or more.
 */

const binsPerOctave = 4;
const fractionBins = 128;

/** Bins from `first` on that hold any. */
export interface TrimmedCounts {
  readonly first: number;
  readonly counts: Uint32Array;
}

/** A copy of the bins from the first to the last that hold any. */
export function trimmed(counts: Uint32Array): TrimmedCounts {
  let end = counts.length;
  while (end > 0 && counts[end - 1] === 0) end--;
  let first = 0;
  while (first < end && counts[first] === 0) first++;
  return { first, counts: counts.slice(first, end) };
}

/** Middle of a bin. */
function middle(bin: number): number {
  const exponent = Math.floor(bin / fractionBins);
  const fraction = (bin % fractionBins) + 0.5;
  return exponent === 0 ? fraction * 2 ** -133 : 2 ** (exponent - 127) * (1 + fraction / fractionBins);
}

/** Sums up blocks' bins, and tells quantiles and the histogram for display. */
export class FineHistogram {
  readonly #counts = new Float64Array(fineBins);
  #zero = 0;
  #total = 0;

  /** @param zero elements that are exactly 0, among those in the first bin */
  add({ first, counts }: TrimmedCounts, zero: number): void {
    this.#zero += zero;
    for (let i = 0; i < counts.length; i++) {
      this.#counts[first + i]! += counts[i]!;
      this.#total += counts[i]!;
    }
  }

  /**
   * The `ceil(share · n)`-th smallest, each to the middle of its bin.
   * @param shares ascending
   * @param maxAbs the largest there is, which none exceeds
   */
  quantiles(shares: readonly number[], maxAbs: number): number[] {
    let bin = 0;
    let below = this.#counts[0]!;
    return shares.map((share) => {
      const rank = Math.max(1, Math.ceil(share * this.#total));
      if (rank <= this.#zero || this.#total === 0) return 0;
      while (below < rank && bin < fineBins - 1) below += this.#counts[++bin]!;
      return Math.min(middle(bin), maxAbs);
    });
  }

  /** Four bins an octave, from the first octave to the last that hold any. */
  display(): LogHistogram {
    const zero = this.#zero;
    const found = new Map<number, number>();
    for (let bin = 0; bin < fineBins; bin++) {
      const count = bin === 0 ? this.#counts[0]! - zero : this.#counts[bin]!;
      if (count === 0) continue;
      const at = Math.floor(Math.log2(middle(bin)) * binsPerOctave);
      found.set(at, (found.get(at) ?? 0) + count);
    }
    if (found.size === 0) return { zero, firstExponent: 0, binsPerOctave, counts: [] };
    const firstExponent = Math.floor(Math.min(...found.keys()) / binsPerOctave);
    const begin = firstExponent * binsPerOctave;
    const length = Math.max(...found.keys()) + 1 - begin;
    return { zero, firstExponent, binsPerOctave, counts: Array.from({ length }, (_, i) => found.get(begin + i) ?? 0) };
  }
}
