import { join } from 'node:path';
import { InputError } from '../../errors.ts';
import { exists } from '../../files/reading/exists.ts';
import { shown } from '../../files/reading/shown.ts';
import type { TensorEntry } from '../checkpoint.ts';
import type { CheckpointFolder } from '../checkpointFolder.ts';
import { listedNames } from '../listed.ts';
import { indexName } from '../shards/weightNames.ts';
import { downloadCommand } from './hubCache.ts';
import { hubSnapshotOf } from './hubId.ts';
import { zeroCommand } from './trainerFormats.ts';

/* Says what weights are that are there by name but not in content: shards that never came, tensors saved empty. */

/** What to do about a folder that lacks some of its weights. */
export function missingRemedy(folder: string): string {
  const hubId = hubSnapshotOf(folder);
  return hubId === undefined
    ? 'download or copy the checkpoint again, or give another step of the run.'
    : `download it again: ${downloadCommand(hubId)}`;
}

/**
 * Checks that the shards are there that an index lists; a link that leads nowhere is left to whoever follows it.
 *
 * @throws InputError naming those that are not
 */
export async function checkShardsThere({ folder }: CheckpointFolder, names: readonly string[]): Promise<void> {
  const missing: string[] = [];
  for (const name of names) if (!(await exists(join(folder, name)))) missing.push(name);
  if (missing.length === 0) return;
  throw new InputError(
    `"${folder}" is half-written: of the ${names.length} shards that ${indexName} lists, ${missing.length} ` +
      `${missing.length === 1 ? 'is' : 'are'} missing (${listedNames(missing)}); ${missingRemedy(folder)}`,
  );
}

/**
 * Checks that no tensor was saved without its elements, as DeepSpeed's ZeRO stage 3 does when each process holds a part.
 *
 * @throws InputError naming such a tensor, with the command that gathers them where DeepSpeed's own state lies beside
 */
export function checkNotEmptied(
  { folder, names }: CheckpointFolder,
  tensors: Iterable<Pick<TensorEntry, 'name' | 'shape'>>,
): void {
  const all = [...tensors];
  const emptied = all.filter(({ shape }) => shape.includes(0));
  if (emptied.length === 0) return;
  const found =
    `"${folder}" holds ${emptied.length} of ${all.length} tensors without their elements, such as ${shown(emptied[0]!.name)}: ` +
    'they were saved under DeepSpeed ZeRO stage 3, which splits them over processes';
  if ([...names].some((name) => /^global_step\d+$/.test(name)) || names.has('zero_to_fp32.py')) {
    throw new InputError(`${found}; gather them: ${zeroCommand({ folder, names })}`);
  }
  throw new InputError(
    `${found}; save them once more with "stage3_gather_16bit_weights_on_model_save": true in DeepSpeed's configuration.`,
  );
}
