import type { NeuronModule } from './neuronLayout.ts';
import { isReset } from './resetSet.ts';

/* How far two reset sets are the same neurons, against what chance would give. */

/** Two sets of neurons out of the same ones. */
export interface SetOverlap {
  readonly neurons: number;
  /** Sizes of the two sets. */
  readonly sizes: readonly [number, number];
  readonly common: number;
  /** Neurons in both over neurons in either; undefined where both sets are empty. */
  readonly jaccard: number | undefined;
  /**
   * The same for two random sets of these sizes: a·b / n common neurons are expected, and the index is taken of that
   * number (its own mean lies a little above it).
   */
  readonly chance: number | undefined;
}

export function setOverlap(neurons: number, sizes: readonly [number, number], common: number): SetOverlap {
  const [a, b] = sizes;
  const expected = (a * b) / neurons;
  const index = (shared: number) => (a + b === 0 ? undefined : shared / (a + b - shared));
  return { neurons, sizes, common, jaccard: index(common), chance: index(expected) };
}

/** Overlap of the reset sets of two runs within one module. Best ranks `[neurons]`, flat order; a budget for each run. */
export function moduleOverlap(
  { offset, width }: NeuronModule,
  ranks: readonly [Int32Array, Int32Array],
  budgets: readonly [number, number],
): SetOverlap {
  let [a, b, common] = [0, 0, 0];
  for (let neuron = offset; neuron < offset + width; neuron++) {
    const first = isReset(ranks[0][neuron]!, budgets[0]);
    const second = isReset(ranks[1][neuron]!, budgets[1]);
    if (first) a++;
    if (second) b++;
    if (first && second) common++;
  }
  return setOverlap(width, [a, b], common);
}

/** The overlap of several modules together. */
export interface PooledOverlap extends SetOverlap {
  /**
   * The index for random sets with as many neurons in each module: what runs share beyond it, they share within modules.
   * `chance` is that of sets spread over all neurons.
   */
  readonly chanceWithin: number | undefined;
}

export function pooledOverlap(parts: readonly SetOverlap[]): PooledOverlap {
  const sum = (of: (part: SetOverlap) => number) => parts.reduce((total, part) => total + of(part), 0);
  const neurons = sum((part) => part.neurons);
  const sizes = [sum((part) => part.sizes[0]), sum((part) => part.sizes[1])] as const;
  const within = sum((part) => (part.sizes[0] * part.sizes[1]) / part.neurons);
  return {
    ...setOverlap(
      neurons,
      sizes,
      sum(({ common }) => common),
    ),
    chanceWithin: setOverlap(neurons, sizes, within).jaccard,
  };
}

/** Bins of best ranks: powers of two, then never ranked. */
export interface RankHistogram {
  /** First rank of each bin; the last bin is of neurons that were never ranked. */
  readonly starts: readonly number[];
  /** Neurons by bin in the first run, then in the second: `[bins][bins]`. */
  readonly counts: readonly (readonly number[])[];
}

/** How many neurons have which best ranks in two runs. @param limit ranks kept: those below it are known */
export function rankHistogram(ranks: readonly [Int32Array, Int32Array], limit: number): RankHistogram {
  const known = Math.floor(Math.log2(Math.max(limit, 1))) + 1;
  const counts = Array.from({ length: known + 1 }, () => new Array<number>(known + 1).fill(0));
  const bin = (rank: number) => (rank < 0 || rank >= limit ? known : Math.floor(Math.log2(rank + 1)));
  for (let i = 0; i < ranks[0].length; i++) {
    counts[bin(ranks[0][i]!)]![bin(ranks[1][i]!)]!++;
  }
  return { starts: Array.from({ length: known }, (_, i) => 2 ** i - 1), counts };
}
