import type { SampleAttribution, TargetAttribution } from './attribution.ts';

/* Adds up what a run keeps of every neuron over all targets: best rank, hits, mean and largest score. */

/** Per-neuron sums over targets, as plain data. Arrays `[neurons]`, flat order. */
export interface NeuronTotals {
  /** Targets summed up so far. */
  readonly targets: number;
  /** Best rank over all targets; 0 is best, -1 never ranked. */
  readonly bestRank: Int32Array;
  /** Targets that select the neuron at the run's rho. */
  readonly hits: Int32Array;
  readonly scoreSum: Float64Array;
  readonly scoreMax: Float32Array;
}

/**
 * Accumulates what a run keeps of each neuron. A neuron is in the reset set for `rho` exactly when its best rank lies
 * below that rho's budget (eq. 4), so the ranks of all targets shrink to one number a neuron.
 */
export class NeuronStatistics {
  #targets = 0;
  #bestRank: Int32Array;
  #hits: Int32Array;
  #scoreSum: Float64Array;
  #scoreMax: Float32Array;
  readonly #budget: number;

  /** @param budget neurons a target selects at the run's rho */
  constructor(neurons: number, budget: number) {
    this.#budget = budget;
    this.#bestRank = new Int32Array(neurons).fill(-1);
    this.#hits = new Int32Array(neurons);
    this.#scoreSum = new Float64Array(neurons);
    this.#scoreMax = new Float32Array(neurons).fill(Number.NEGATIVE_INFINITY);
  }

  /** Adds one sample's targets. Sums depend on the order of samples in their last bits, so keep to the file's order. */
  add({
    targets,
    scoreSum,
    scoreMax,
  }: Pick<SampleAttribution, 'scoreSum' | 'scoreMax'> & {
    readonly targets: readonly Pick<TargetAttribution, 'ranked'>[];
  }): void {
    if (targets.length === 0) return;
    this.#targets += targets.length;
    for (const { ranked } of targets) {
      for (let rank = 0; rank < ranked.length; rank++) {
        const neuron = ranked[rank]!;
        const best = this.#bestRank[neuron]!;
        if (best === -1 || rank < best) this.#bestRank[neuron] = rank;
        if (rank < this.#budget) this.#hits[neuron]!++;
      }
    }
    for (let neuron = 0; neuron < scoreSum.length; neuron++) {
      this.#scoreSum[neuron]! += scoreSum[neuron]!;
      if (scoreMax[neuron]! > this.#scoreMax[neuron]!) this.#scoreMax[neuron] = scoreMax[neuron]!;
    }
  }

  /** A copy that later additions leave alone. */
  snapshot(): NeuronTotals {
    return {
      targets: this.#targets,
      bestRank: this.#bestRank.slice(),
      hits: this.#hits.slice(),
      scoreSum: this.#scoreSum.slice(),
      scoreMax: this.#scoreMax.slice(),
    };
  }

  /** Goes on from a snapshot. */
  restore(totals: NeuronTotals): void {
    this.#targets = totals.targets;
    this.#bestRank = totals.bestRank.slice();
    this.#hits = totals.hits.slice();
    this.#scoreSum = totals.scoreSum.slice();
    this.#scoreMax = totals.scoreMax.slice();
  }
}

/** Mean score over targets, `[neurons]`; 0 when there was no target. */
export function meanScores({ targets, scoreSum }: NeuronTotals): Float32Array {
  return Float32Array.from(scoreSum, (sum) => (targets === 0 ? 0 : sum / targets));
}
