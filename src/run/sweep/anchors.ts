import { isAdapterFolder } from '../../checkpoint/adapter/openAdapter.ts';
import type { Checkpoint } from '../../checkpoint/checkpoint.ts';
import { locateCheckpoint } from '../../checkpoint/folder/locateCheckpoint.ts';
import { openCheckpoint } from '../../checkpoint/openCheckpoint.ts';
import { type CheckpointPair, checkPair, keepingRows } from '../../checkpoint/pair.ts';
import { compareTokenizers } from '../../checkpoint/tokenizer/otherTokens.ts';
import { InputError } from '../../errors.ts';
import type { MergedAdapters } from '../../merge/mergedAdapters.ts';
import type { OpenRecord } from '../../record/run/recordFile.ts';
import { mergeContext } from '../files/adapters.ts';
import type { RunContext } from '../progress/runContext.ts';
import { verifiedCheckpoint } from '../verification/verifiedCheckpoint.ts';

/*
 * Opens checkpoints that take the base's place in fusion and reset: a control. What was attributed stays as the record
 * has it: an anchor changes what is fused with and reset to, not which neurons are.
 */

/** Rows of embedding and head that stay the SFT's, as a run with this anchor for its base would have it. */
async function keptRows(anchor: Checkpoint, sft: Checkpoint, { record }: OpenRecord): Promise<number[]> {
  const tokenizer = record.inputs.tokenizer?.name ?? sft.tokenizerPath;
  if (record.settings.renamedRows !== 'keep' || tokenizer === undefined) return [];
  return (await compareTokenizers(anchor.tokenizerPath, tokenizer)).others.map(({ id }) => id);
}

/**
 * Opens an anchor and pairs it with the record's SFT checkpoint.
 *
 * @param named folder, Hub id, or LoRA adapter of the base, such as an early step of the same run
 * @throws InputError when it cannot be read, is of another model or tokenizer, or is the base or the SFT checkpoint
 */
export async function openAnchor(
  named: string,
  pair: CheckpointPair,
  open: OpenRecord,
  adapters: MergedAdapters,
  { onEvent, signal }: Pick<RunContext, 'onEvent' | 'signal'>,
): Promise<CheckpointPair> {
  const { folder, notes } = await locateCheckpoint(named);
  for (const text of notes) onEvent({ type: 'note', text });
  const openOne = async (path: string) =>
    (await isAdapterFolder(path))
      ? adapters.open(path, pair.base, mergeContext({ onEvent, signal }))
      : openCheckpoint(path);
  const { checkpoint, isBase } = await verifiedCheckpoint(folder, open, false, openOne, signal);
  if (isBase)
    throw new InputError(`The anchor "${folder}" is the base itself, to which every point is anchored anyway.`);
  return keepingRows(await checkPair(checkpoint, pair.sft), await keptRows(checkpoint, pair.sft, open));
}
