import { locateCheckpoint } from '../../checkpoint/folder/locateCheckpoint.ts';
import type { RunInputs } from './runOutputs.ts';

/** A run's inputs by the folders that hold the weights, and sentences on those that were named otherwise. */
export interface LocatedInputs {
  readonly inputs: RunInputs;
  readonly notes: readonly string[];
}

/**
 * Finds the checkpoints that a run's inputs name.
 *
 * @throws InputError saying what a folder is that is no checkpoint
 */
export async function locateInputs(inputs: RunInputs): Promise<LocatedInputs> {
  const base = await locateCheckpoint(inputs.base);
  const sft = await locateCheckpoint(inputs.sft);
  return {
    inputs: { ...inputs, base: base.folder, sft: sft.folder },
    notes: [...base.notes, ...sft.notes],
  };
}
