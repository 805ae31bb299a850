import type { NeuronModule } from './neuronLayout.ts';
import { isReset } from './resetSet.ts';

/* Counts how many neurons of each expert of a module are reset. */

/**
 * Selected neurons of each expert for a budget, `[experts]`; of a module without experts, one count.
 *
 * @param bestRank `[neurons]`, flat order; -1 never ranked
 */
export function expertResets(
  { experts = 1, offset, width }: Pick<NeuronModule, 'experts' | 'offset' | 'width'>,
  bestRank: Int32Array,
  budget: number,
): Uint32Array {
  const each = width / experts;
  const counts = new Uint32Array(experts);
  let neuron = offset;
  // One pass a step of the slider: half a million neurons, the largest layers there are, take a millisecond.
  for (let expert = 0; expert < experts; expert++) {
    let reset = 0;
    for (const end = neuron + each; neuron < end; neuron++) {
      if (isReset(bestRank[neuron]!, budget)) reset++;
    }
    counts[expert] = reset;
  }
  return counts;
}
