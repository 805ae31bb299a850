import { headName } from '../../checkpoint/architecture/tensorNames.ts';
import { isBesideText } from '../../checkpoint/architecture/textPart.ts';
import type { Checkpoint } from '../../checkpoint/checkpoint.ts';
import type { NeuronLayout } from '../../method/neuronLayout.ts';
import { heavyResetRatio, ResetCurve } from '../../method/resetRatio.ts';
import { intArray, type RecordArrays } from '../arrays/arrays.ts';
import { neuronArrayName } from './recordArrays.ts';
import type { RunRecord } from './runRecord.ts';

/* What a reset comes to, as records, tables and warnings tell it. */

/** What is reset at some rho, as records keep it. */
export type ResetSummary = RunRecord['reset'];

/** Parameters of a checkpoint's text model; a head that is stored although it is tied to the embeddings counts once. */
export function parameterCount({ tensors, architecture }: Checkpoint): number {
  let count = 0;
  for (const { name, shape } of tensors.values()) {
    if (name === headName && architecture.tiedEmbeddings) continue;
    if (architecture.textOf !== undefined && isBesideText(name)) continue;
    count += shape.reduce((product, size) => product * size, 1);
  }
  return count;
}

/**
 * What is reset, in all and by module.
 *
 * @param bestRank `[neurons]`, flat order
 * @param parameters of the whole checkpoint
 */
export function resetSummary(
  layout: NeuronLayout,
  bestRank: Int32Array,
  rho: number,
  parameters: number,
): ResetSummary {
  const reset = new ResetCurve(layout, bestRank).at(rho);
  return {
    budget: reset.budget,
    neurons: reset.neurons,
    neuronRatio: reset.neuronRatio,
    parameters: reset.parameters,
    parameterRatio: reset.parameters / parameters,
    modules: reset.modules.map(({ module, neurons, parameters: own }) => ({
      layer: module.layer,
      projection: module.projection,
      width: module.width,
      neurons,
      parameters: own,
    })),
  };
}

/** Every neuron's best rank, `[neurons]` in the flat order, from a record's arrays. */
export function bestRanks(layout: NeuronLayout, arrays: RecordArrays): Int32Array {
  const ranks = new Int32Array(layout.total);
  for (const { layer, projection, offset } of layout.modules) {
    ranks.set(intArray(arrays, neuronArrayName(layer, projection, 'best_rank')), offset);
  }
  return ranks;
}

/** A warning when so much is reset that little of the SFT is left; undefined otherwise. */
export function heavyResetWarning({ neuronRatio }: Pick<ResetSummary, 'neuronRatio'>): string | undefined {
  if (neuronRatio <= heavyResetRatio) return undefined;
  return (
    `${(100 * neuronRatio).toFixed(1)} % of all neurons are reset, above ${100 * heavyResetRatio} %: ` +
    'much of what SFT taught is lost. Take a smaller rho or a lower top-n.'
  );
}
