import type { NeuronLayout, NeuronModule } from './neuronLayout.ts';
import { resetBudget } from './resetSet.ts';

/* Counts how many neurons and parameters are reset, in each module and in all, for any rho at once. */

/** Above this share of reset neurons a checkpoint is more the base's than its own. */
export const heavyResetRatio = 0.2;

/** What is reset in one module. */
export interface ModuleReset {
  readonly module: NeuronModule;
  readonly neurons: number;
  /** Bias entries included. */
  readonly parameters: number;
}

/** What is reset in the whole model. */
export interface EffectiveReset {
  readonly budget: number;
  readonly neurons: number;
  /** The effective reset ratio: over all neurons of the seven projections. */
  readonly neuronRatio: number;
  readonly parameters: number;
  /** In the layout's order. */
  readonly modules: readonly ModuleReset[];
}

/**
 * Counts, for every budget at once, how many neurons of each module a reset selects. Built in one pass over the best
 * ranks; any rho is then a look-up, which is what makes a slider possible on millions of neurons.
 */
export class ResetCurve {
  readonly #layout: NeuronLayout;
  /** Ranked neurons' best ranks, module after module, ascending within each. */
  readonly #ranks: Int32Array;
  /** Where each module's ranks start; one more at the end. */
  readonly #starts: Uint32Array;

  /** @param bestRank `[neurons]`, flat order; -1 never ranked */
  constructor(layout: NeuronLayout, bestRank: Int32Array) {
    this.#layout = layout;
    this.#ranks = new Int32Array(bestRank.length);
    this.#starts = new Uint32Array(layout.modules.length + 1);
    let end = 0;
    for (const [i, { offset, width }] of layout.modules.entries()) {
      this.#starts[i] = end;
      for (let neuron = offset; neuron < offset + width; neuron++) {
        if (bestRank[neuron]! >= 0) this.#ranks[end++] = bestRank[neuron]!;
      }
      this.#ranks.subarray(this.#starts[i], end).sort();
    }
    this.#starts[layout.modules.length] = end;
  }

  /** Selected neurons of the module at a position of the layout, for a budget. */
  moduleNeurons(position: number, budget: number): number {
    const from = this.#starts[position]!;
    let [low, high] = [from, this.#starts[position + 1]!];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#ranks[middle]! < budget) low = middle + 1;
      else high = middle;
    }
    return low - from;
  }

  at(rho: number): EffectiveReset {
    const { modules, total } = this.#layout;
    const budget = resetBudget(rho, total);
    const resets = modules.map((module, position): ModuleReset => {
      const neurons = this.moduleNeurons(position, budget);
      return { module, neurons, parameters: neurons * module.parametersPerNeuron };
    });
    const neurons = resets.reduce((sum, reset) => sum + reset.neurons, 0);
    const parameters = resets.reduce((sum, reset) => sum + reset.parameters, 0);
    return { budget, neurons, neuronRatio: neurons / total, parameters, modules: resets };
  }

  /**
   * The largest rho of three significant digits at which at most a share `ratio` of all neurons is reset.
   *
   * @param rhoMax up to which ranks are kept
   * @returns undefined where a budget of one neuron a target resets more
   */
  largestWithin(ratio: number, rhoMax: number): number | undefined {
    const { modules, total } = this.#layout;
    const fits = (budget: number) =>
      modules.reduce((sum, _, position) => sum + this.moduleNeurons(position, budget), 0) <= ratio * total;
    let [low, high] = [0, resetBudget(rhoMax, total)];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (fits(middle)) low = middle;
      else high = middle - 1;
    }
    if (low === 0) return undefined;
    const most = Math.min((low + 1) / total, rhoMax);
    const unit = 10 ** (Math.floor(Math.log10(most)) - 2);
    for (let step = Math.floor(most / unit + 1e-9); step > 0; step--) {
      const rho = Number((step * unit).toPrecision(3));
      if (rho <= rhoMax && resetBudget(rho, total) <= low) return rho;
    }
    return undefined;
  }
}
