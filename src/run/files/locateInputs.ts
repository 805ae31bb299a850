import { calibrationFiles } from '../../calibration/files/calibrationFiles.ts';
import { locateCheckpoint } from '../../checkpoint/folder/locateCheckpoint.ts';
import type { RunInputs } from './runOutputs.ts';

/** A run's inputs by the folders that hold the weights and by single calibration files, and sentences on those that were named otherwise. */
export interface LocatedInputs {
  readonly inputs: RunInputs;
  readonly notes: readonly string[];
}

/**
 * Finds the checkpoints and the calibration files that a run's inputs name.
 *
 * @throws InputError saying what a folder is that is no checkpoint, or which calibration file is not there
 */
export async function locateInputs(inputs: RunInputs): Promise<LocatedInputs> {
  const base = await locateCheckpoint(inputs.base);
  const sft = await locateCheckpoint(inputs.sft);
  const calibration = await calibrationFiles(inputs.calibration);
  return {
    inputs: { base: base.folder, sft: sft.folder, calibration: calibration.paths },
    notes: [...base.notes, ...sft.notes, ...calibration.notes],
  };
}
