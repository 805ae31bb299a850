import { clusterOrder } from '../../../src/method/clusterOrder.ts';
import { setOverlap } from '../../../src/method/resetOverlap.ts';
import { type MeanOverlap, meanOverlap, type SamplesOverlap } from '../../../src/record/run/targets/samplesOverlap.ts';
import type { State } from '../state/state.ts';

/* What the overlap tab shows of the samples' sets: indices, their order, and cells that stand for many. */

/** Two samples that were compared, by their places among those. */
export interface Pair {
  readonly a: number;
  readonly b: number;
  readonly common: number;
  /** Undefined where neither selects a neuron, as the others. */
  readonly jaccard: number | undefined;
  readonly chance: number | undefined;
  readonly chanceWithin: number | undefined;
}

/** The indices of a record's samples. Places are those among the samples compared; nothing is said of one with itself. */
export class OverlapData {
  readonly overlap: SamplesOverlap;
  /** Number of samples compared. */
  readonly count: number;
  readonly mean: MeanOverlap | undefined;
  /** Of each with the others, `[count]`. */
  readonly means: readonly (number | undefined)[];
  readonly #neurons: number;
  readonly #values: Readonly<Record<State['overlapMeasure'], Float64Array>>;
  #similar: readonly number[] | undefined;

  /** @param neurons of the whole model */
  constructor(overlap: SamplesOverlap, neurons: number) {
    this.overlap = overlap;
    this.count = overlap.samples.length;
    this.#neurons = neurons;
    this.mean = meanOverlap(overlap, neurons);
    const { count } = this;
    const [jaccard, excess] = [new Float64Array(count * count), new Float64Array(count * count)];
    for (let a = 0; a < count; a++) {
      for (let b = 0; b <= a; b++) {
        const pair = this.pair(a, b);
        const index = a === b ? Number.NaN : (pair.jaccard ?? Number.NaN);
        const above = index - (pair.chanceWithin ?? Number.NaN);
        for (const at of [a * count + b, b * count + a]) {
          jaccard[at] = index;
          excess[at] = above;
        }
      }
    }
    this.#values = { jaccard, excess };
    this.means = Array.from({ length: count }, (_, a) => meanOf(jaccard.subarray(a * count, (a + 1) * count)));
  }

  pair(a: number, b: number): Pair {
    const { sizes, common, within } = this.overlap;
    const at = a * this.count + b;
    const { jaccard, chance } = setOverlap(this.#neurons, [sizes[a]!, sizes[b]!], common[at]!);
    const { jaccard: chanceWithin } = setOverlap(this.#neurons, [sizes[a]!, sizes[b]!], within[at]!);
    return { a, b, common: common[at]!, jaccard, chance, chanceWithin };
  }

  /** `[count, count]`; not a number where nothing is said. */
  values(measure: State['overlapMeasure']): Float64Array {
    return this.#values[measure];
  }

  /** Places in the order in which they stand. */
  order(order: State['overlapOrder']): readonly number[] {
    if (order === 'file') return Array.from({ length: this.count }, (_, place) => place);
    const jaccard = this.#values.jaccard.map((index) => (Number.isNaN(index) ? 0 : index));
    this.#similar ??= clusterOrder(jaccard, this.count);
    return this.#similar;
  }

  /** The most alike pair of two lists of places; undefined where they have none. */
  mostAlike(rows: readonly number[], columns: readonly number[]): Pair | undefined {
    const { jaccard } = this.#values;
    let best: readonly [number, number] | undefined;
    let most = Number.NEGATIVE_INFINITY;
    for (const a of rows) {
      for (const b of columns) {
        const index = jaccard[a * this.count + b]!;
        if (index > most) [best, most] = [[a, b], index];
      }
    }
    return best && this.pair(...best);
  }
}

function meanOf(values: Float64Array): number | undefined {
  const known = values.filter((value) => !Number.isNaN(value));
  return known.length === 0 ? undefined : known.reduce((sum, value) => sum + value, 0) / known.length;
}

/** A matrix as it is drawn: `step` samples beside each other share a row and a column. */
export interface Cells {
  /** Rows, and columns. */
  readonly size: number;
  readonly step: number;
  /** Places of each row, and of each column. */
  readonly groups: readonly (readonly number[])[];
  /** Means, `[size, size]`; not a number where nothing is said. */
  readonly values: Float64Array;
}

/** @param most rows that there is room for */
export function cellsOf(values: Float64Array, order: readonly number[], most: number): Cells {
  const count = order.length;
  const step = Math.max(Math.ceil(count / Math.max(most, 1)), 1);
  const size = Math.ceil(count / step);
  const groups = Array.from({ length: size }, (_, i) => order.slice(i * step, (i + 1) * step));
  const cells = new Float64Array(size * size);
  groups.forEach((rows, row) => {
    groups.forEach((columns, column) => {
      let [sum, known] = [0, 0];
      for (const a of rows) {
        for (const b of columns) {
          const value = values[a * count + b]!;
          if (Number.isNaN(value)) continue;
          sum += value;
          known++;
        }
      }
      cells[row * size + column] = known === 0 ? Number.NaN : sum / known;
    });
  });
  return { size, step, groups, values: cells };
}

/** Budgets to choose from: powers of two, that of the run's rho, and all that is kept; ascending. */
export function budgetChoices(kept: number, own: number): number[] {
  const powers = Array.from({ length: Math.floor(Math.log2(kept)) + 1 }, (_, i) => 2 ** i);
  return [...new Set([...powers, own, kept])].sort((a, b) => a - b);
}
