import { rowPriority } from '../../calibration/rows/rowPriority.ts';
import { projectionName } from '../../checkpoint/architecture/tensorNames.ts';
import type { CheckpointPair } from '../../checkpoint/pair.ts';
import { neuronDrift } from '../../commit/neuronDrift.ts';
import type { NeuronModule } from '../../method/neuronLayout.ts';
import { resetSet } from '../../method/resetSet.ts';
import type { OpenRecord } from '../../record/run/recordFile.ts';
import { bestRanks } from '../../record/run/resetReport.ts';
import type { SweepPoint } from '../../record/sweep/sweepRecord.ts';

/*
 * Which neurons a point resets: those that the record's ranks choose, or, as controls, as many others in each module.
 */

/** Reset neurons by projection, ascending, as a commit takes them. */
export type ResetNeurons = ReadonlyMap<string, Uint32Array>;

/**
 * Neurons of a module in a random order that the seed alone decides: by the hash of seed and flat index that draws
 * calibration rows too (MurmurHash3's finaliser), ties by the lower index. What a smaller rho takes of it, a larger takes
 * too.
 */
export function randomOrder({ offset, width }: Pick<NeuronModule, 'offset' | 'width'>, seed: number): Uint32Array {
  const priority = rowPriority(seed);
  const priorities = Float64Array.from({ length: width }, (_, neuron) => priority(offset + neuron));
  return ordered(width, (a, b) => priorities[a]! - priorities[b]!);
}

function ordered(width: number, compare: (a: number, b: number) => number): Uint32Array {
  return Uint32Array.from({ length: width }, (_, neuron) => neuron).sort((a, b) => compare(a, b) || a - b);
}

/** Finds the reset neurons of points. */
export class ResetSelections {
  readonly #open: OpenRecord;
  /** Of base and SFT, by which neurons drifted. */
  readonly #pair: CheckpointPair;
  readonly #ranks: Int32Array;
  /** Neurons of each module by descending drift. */
  readonly #byDrift = new Map<NeuronModule, Uint32Array>();

  constructor(open: OpenRecord, pair: CheckpointPair) {
    this.#open = open;
    this.#pair = pair;
    this.#ranks = bestRanks(open.layout, open.arrays);
  }

  /** @throws InputError, ChangedInput when the checkpoints cannot be read for drift; Interrupted on abort */
  async of({ rho, selection, seed }: SweepPoint, signal: AbortSignal): Promise<ResetNeurons> {
    const { layout } = this.#open;
    const chosen = resetSet(layout, this.#ranks, selection === 'none' ? 0 : rho);
    if (selection === 'attribution' || selection === 'none') return chosen;
    const instead = new Map<string, Uint32Array>();
    for (const module of layout.modules) {
      const name = projectionName(module.layer, module.projection);
      const count = chosen.get(name)?.length ?? 0;
      if (count === 0) continue;
      const order =
        selection === 'random' ? randomOrder(module, seed ?? 0) : await this.#driftOrder(module, name, signal);
      instead.set(name, order.slice(0, count).sort());
    }
    return instead;
  }

  async #driftOrder(module: NeuronModule, name: string, signal: AbortSignal): Promise<Uint32Array> {
    const known = this.#byDrift.get(module);
    if (known !== undefined) return known;
    const drift = await neuronDrift(this.#pair, name, module, signal);
    const order = ordered(module.width, (a, b) => drift[b]! - drift[a]!);
    this.#byDrift.set(module, order);
    return order;
  }
}
