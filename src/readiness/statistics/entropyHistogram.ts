/**
 * The entropy histogram: how many tokens have which entropy, in bins of equal width on a logarithmic scale, because an
 * over-trained checkpoint has most of its tokens far below a hundredth of a nat.
 */

/** Bins per factor of ten. */
const perDecade = 4;
/** Powers of ten at the ends; 10^1.5 nats is more than any vocabulary can have. */
const [lowest, highest] = [-5, 1.5];

/** Edges of the bins, nats, ascending: bin i is from edge i to edge i + 1. What lies outside counts in the first or last. */
export const entropyEdges: readonly number[] = Array.from(
  { length: (highest - lowest) * perDecade + 1 },
  (_, i) => 10 ** (lowest + i / perDecade),
);

export class EntropyHistogram {
  readonly #counts = new Array<number>(entropyEdges.length - 1).fill(0);
  #sum = 0;
  #total = 0;

  add(entropies: ArrayLike<number>): void {
    const last = this.#counts.length - 1;
    for (let i = 0; i < entropies.length; i++) {
      const entropy = entropies[i]!;
      this.#sum += entropy;
      this.#total++;
      const bin = entropy <= 0 ? 0 : Math.floor((Math.log10(entropy) - lowest) * perDecade);
      this.#counts[Math.min(Math.max(bin, 0), last)]!++;
    }
  }

  /** Tokens in each bin. */
  get counts(): readonly number[] {
    return this.#counts;
  }

  /** Mean of all, nats; `null` where there is none. */
  get mean(): number | null {
    return this.#total === 0 ? null : this.#sum / this.#total;
  }

  get total(): number {
    return this.#total;
  }
}
