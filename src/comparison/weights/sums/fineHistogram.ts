import { fineBins } from '../../../kernels/diffMemory.ts';
import type { TrimmedCounts } from '../../../kernels/diffSums.ts';
import type { LogHistogram } from '../../../record/comparison/tensors/tensorDifference.ts';

/*
 * Counts how large the changes are, for quantiles and for the histogram that is shown.
 *
 * The counts are of |delta| by the upper half of its float32: 8 bits of exponent e and 7 of fraction f, bin `128 e +
 * f`. For e > 0 the bin covers `[2^(e-127) (1 + f/128), 2^(e-127) (1 + (f+1)/128))`, for e = 0 `[f, f+1) · 2^-133`. The
 * last exponent, infinity's, holds what is 2^128 or more.
 */

const binsPerOctave = 4;
const fractionBins = 128;

/** Middle of a bin. */
function middle(bin: number): number {
  const exponent = Math.floor(bin / fractionBins);
  const fraction = (bin % fractionBins) + 0.5;
  return exponent === 0 ? fraction * 2 ** -133 : 2 ** (exponent - 127) * (1 + fraction / fractionBins);
}

/** `floor(4 log2 middle)` of each fine bin: the bin for display that it goes to. */
const displayed = Int16Array.from({ length: fineBins }, (_, bin) => Math.floor(Math.log2(middle(bin)) * binsPerOctave));
const lowestExponent = Math.floor(displayed[0]! / binsPerOctave);
const displayBins = displayed[fineBins - 1]! + 1 - lowestExponent * binsPerOctave;

/** Sums up blocks' bins, and tells quantiles and the histogram for display. */
export class FineHistogram {
  /** Of the bins from `#first` on: those of most tensors lie close together. */
  #counts = new Float64Array(0);
  #first = 1;
  #lowest = 0;
  #zero = 0;
  #total = 0;

  /** @param zero elements that are exactly 0, among those in the first bin */
  add({ lowest, first, counts }: TrimmedCounts, zero: number): void {
    this.#zero += zero;
    this.#lowest += lowest;
    this.#total += lowest;
    this.#reach(first, first + counts.length);
    const offset = first - this.#first;
    for (let i = 0; i < counts.length; i++) {
      this.#counts[offset + i]! += counts[i]!;
      this.#total += counts[i]!;
    }
  }

  /** Makes room for bins `[first, end)`. */
  #reach(first: number, end: number): void {
    const [oldFirst, oldEnd] = [this.#first, this.#first + this.#counts.length];
    if (first === end || (first >= oldFirst && end <= oldEnd)) return;
    const old = this.#counts;
    this.#first = old.length === 0 ? first : Math.min(first, oldFirst);
    this.#counts = new Float64Array(Math.max(end, old.length === 0 ? end : oldEnd) - this.#first);
    if (old.length > 0) this.#counts.set(old, oldFirst - this.#first);
  }

  /**
   * The `ceil(share · n)`-th smallest, each to the middle of its bin.
   * @param shares ascending
   * @param maxAbs the largest there is, which none exceeds
   */
  quantiles(shares: readonly number[], maxAbs: number): number[] {
    let bin = 0;
    let below = this.#lowest;
    return shares.map((share) => {
      const rank = Math.max(1, Math.ceil(share * this.#total));
      if (rank <= this.#zero || this.#total === 0) return 0;
      for (; below < rank && bin < this.#counts.length; bin++) below += this.#counts[bin]!;
      return Math.min(middle(bin === 0 ? 0 : this.#first + bin - 1), maxAbs);
    });
  }

  /** Four bins an octave, from the first octave to the last that hold any. */
  display(): LogHistogram {
    const zero = this.#zero;
    const found = new Float64Array(displayBins);
    const count = (bin: number, elements: number) => {
      found[displayed[bin]! - lowestExponent * binsPerOctave]! += elements;
    };
    count(0, this.#lowest - zero);
    for (let i = 0; i < this.#counts.length; i++) count(this.#first + i, this.#counts[i]!);
    const first = found.findIndex((elements) => elements > 0);
    if (first < 0) return { zero, firstExponent: 0, binsPerOctave, counts: [] };
    const octave = Math.floor(first / binsPerOctave);
    const end = found.findLastIndex((elements) => elements > 0) + 1;
    const counts = Array.from(found.subarray(octave * binsPerOctave, end));
    return { zero, firstExponent: lowestExponent + octave, binsPerOctave, counts };
  }
}
