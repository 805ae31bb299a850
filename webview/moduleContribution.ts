import type { NeuronLayout } from '../src/method/neuronLayout.ts';
import { isReset } from '../src/method/resetSet.ts';
import type { ModuleMeasure } from './state.ts';

/** Totals of one module for a budget; scores are means over targets, logits. */
export interface ModuleTotals {
  /** Position in the layout. */
  readonly position: number;
  readonly reset: number;
  readonly ratio: number;
  /** Sum of the mean scores of the neurons in the reset set. */
  readonly resetScore: number;
  /** Sum of the mean scores of all neurons. */
  readonly score: number;
  /** Selections by targets at the run's rho, summed over neurons. */
  readonly hits: number;
}

/** Adds the record's neuron statistics up by module. Arrays `[neurons]`, flat order. */
export function moduleTotals(
  layout: NeuronLayout,
  bestRank: Int32Array,
  meanScore: ArrayLike<number>,
  hits: ArrayLike<number>,
  budget: number,
): ModuleTotals[] {
  return layout.modules.map(({ offset, width }, position) => {
    let [reset, resetScore, score, hit] = [0, 0, 0, 0];
    for (let neuron = offset; neuron < offset + width; neuron++) {
      score += meanScore[neuron]!;
      hit += hits[neuron]!;
      if (!isReset(bestRank[neuron]!, budget)) continue;
      reset++;
      resetScore += meanScore[neuron]!;
    }
    return { position, reset, ratio: reset / width, resetScore, score, hits: hit };
  });
}

/** Largest first; ties keep the layout's order. */
export function ranked(totals: readonly ModuleTotals[], measure: ModuleMeasure): ModuleTotals[] {
  return [...totals].sort((a, b) => b[measure] - a[measure] || a.position - b.position);
}
