import { isAdapterFolder } from '../../checkpoint/adapter/openAdapter.ts';
import { openCheckpoint } from '../../checkpoint/openCheckpoint.ts';
import { checkPair } from '../../checkpoint/pair.ts';
import { InputError } from '../../errors.ts';
import type { RunRecord } from '../../record/run/runRecord.ts';
import { samePath } from '../../run/verification/verifiedCheckpoint.ts';
import { askFolders } from '../ask/askFolders.ts';
import { locateFolder } from '../ask/askPaths.ts';
import { findCheckpointFolders, findTunedFolders } from '../ask/workspaceCheckpoints.ts';

/* Asks for checkpoints that a sweep fuses with and resets to besides the base, and looks at each before it is taken. */

/** What can be told without the calibration; tokenizers are compared when the sweep starts. @throws InputError */
async function checkAnchor(folder: string, { base, sft }: RunRecord['inputs']): Promise<void> {
  if (await samePath(folder, base.folder))
    throw new InputError(`"${folder}" is the base itself, to which every point is anchored anyway.`);
  if (await samePath(folder, sft.folder)) throw new InputError(`"${folder}" is the SFT checkpoint itself.`);
  // An adapter is merged first, when the sweep starts; to the base that is the model.
  if (await isAdapterFolder(folder)) return;
  const model = await openCheckpoint((sft.adapter === undefined ? sft : base).folder);
  await checkPair(await openCheckpoint(folder), model);
}

/**
 * @param chosen those that were chosen before
 * @returns folders; undefined when the user gave up
 * @throws InputError for one that is of another model, or no checkpoint
 */
export async function askAnchors(
  chosen: readonly string[],
  { inputs, checkpoints }: Pick<RunRecord, 'inputs' | 'checkpoints'>,
): Promise<readonly string[] | undefined> {
  const tuned = await findTunedFolders(await findCheckpointFolders());
  const own = [inputs.base, inputs.sft, ...checkpoints].map(({ folder }) => folder);
  const offered = [...new Set([...chosen, ...tuned.filter((folder) => !own.includes(folder))])];
  const named = await askFolders(
    'Anchors of the sweep',
    'Checkpoints to fuse with and reset to besides the base, such as an early SFT step; none is fine',
    offered,
    chosen,
  );
  if (named === undefined) return undefined;
  const folders = [...new Set(await Promise.all(named.map(locateFolder)))];
  for (const folder of folders) await checkAnchor(folder, inputs);
  return folders;
}
