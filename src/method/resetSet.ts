import { projectionName } from '../checkpoint/architecture/tensorNames.ts';
import type { NeuronLayout, NeuronModule } from './neuronLayout.ts';

/* Which neurons are reset for a given rho (eq. 4 of the paper). */

/**
 * Neurons that each target may select: `max(1, floor(rho · neurons))` (eq. 4).
 * A rho of 0 selects none: fusion alone.
 */
export function resetBudget(rho: number, neurons: number): number {
  return rho === 0 ? 0 : Math.max(1, Math.floor(rho * neurons));
}

/** A neuron's best rank over all targets puts it into the reset set of a budget. */
export function isReset(bestRank: number, budget: number): boolean {
  return bestRank >= 0 && bestRank < budget;
}

/** Selected neurons of one module, ascending, counted from the module's first. */
export function resetNeurons(module: NeuronModule, bestRank: Int32Array, budget: number): Uint32Array {
  const selected = new Uint32Array(module.width);
  let count = 0;
  for (let neuron = 0; neuron < module.width; neuron++) {
    if (isReset(bestRank[module.offset + neuron]!, budget)) selected[count++] = neuron;
  }
  return selected.slice(0, count);
}

/**
 * The reset set for a rho: the union over targets of each target's best neurons (eq. 4).
 * @param bestRank `[neurons]`, flat order, ranks recorded at least up to the budget
 * @returns selected neurons by projection (`model.layers.0.self_attn.q_proj`), modules without any left out
 */
export function resetSet(layout: NeuronLayout, bestRank: Int32Array, rho: number): ReadonlyMap<string, Uint32Array> {
  const budget = resetBudget(rho, layout.total);
  const set = new Map<string, Uint32Array>();
  for (const module of layout.modules) {
    const selected = resetNeurons(module, bestRank, budget);
    if (selected.length > 0) set.set(projectionName(module.layer, module.projection), selected);
  }
  return set;
}
