import { isAdapterFolder } from '../../checkpoint/adapter/openAdapter.ts';
import type { Checkpoint } from '../../checkpoint/checkpoint.ts';
import { openCheckpoint } from '../../checkpoint/openCheckpoint.ts';
import { InputError } from '../../errors.ts';
import { quotedPath } from '../../files/reading/shown.ts';
import type { RunRecord } from '../../record/run/runRecord.ts';
import { comparedCheckpoint } from '../commit/comparedInputs.ts';

/**
 * Opens a checkpoint of a record to look into it: it must be of the files that the run was made of.
 *
 * @throws InputError saying why not: gone, another, or an adapter, which is not merged for a look
 * @throws Interrupted on abort
 */
export async function recordedCheckpoint(
  recorded: RunRecord['inputs']['sft'],
  signal: AbortSignal,
): Promise<Checkpoint> {
  const { folder } = recorded;
  if (await isAdapterFolder(folder)) {
    throw new InputError(
      `${quotedPath(folder)} is a LoRA adapter, which was merged for the run alone: to look into its neurons, ` +
        'merge it with peft (merge_and_unload, save_pretrained) and run on the merged folder.',
    );
  }
  const checkpoint = await openCheckpoint(folder);
  await comparedCheckpoint(checkpoint, recorded, signal);
  return checkpoint;
}
