import { openCheckpoint } from '../../checkpoint/openCheckpoint.ts';
import { type CheckpointPair, checkPair, keepingRows } from '../../checkpoint/pair.ts';
import type { MergedAdapters } from '../../merge/mergedAdapters.ts';
import type { OpenRecord } from '../../record/run/recordFile.ts';
import { keptIds } from '../attribution/recordedVocabulary.ts';
import { mergeContext } from '../files/adapters.ts';
import type { RunContext } from '../progress/runContext.ts';
import { PhaseClock } from '../progress/runEvents.ts';
import type { ManifestInputs } from './checkpointManifest.ts';
import { comparedCheckpoint } from './comparedInputs.ts';
import { checkRecordedModel } from './recordedModel.ts';

/* Opens the base and the SFT checkpoint of a record, to fuse them again. */

/** The pair, and its inputs as they were compared with those of the record. */
export interface RecordedPair {
  readonly pair: CheckpointPair;
  readonly inputs: ManifestInputs;
}

/**
 * Opens both, and checks that they are still what the record was made from.
 *
 * @param merging tell of an adapter that is merged as of a phase
 * @throws InputError naming the file, field or tensor that is another; ChangedInput for one that changes meanwhile
 * @throws Interrupted on abort
 */
export async function openRecordedPair(
  { record }: Pick<OpenRecord, 'record'>,
  adapters: MergedAdapters,
  { onEvent, signal }: Pick<RunContext, 'onEvent' | 'signal'>,
  merging: boolean,
): Promise<RecordedPair> {
  const base = await openCheckpoint(record.inputs.base.folder);
  const clock = new PhaseClock(onEvent);
  if (record.inputs.sft.adapter !== undefined && merging) clock.begin('load');
  const sft = await adapters.open(record.inputs.sft.folder, base, mergeContext({ onEvent, signal }));
  clock.end();
  // Which rows are the SFT's was decided when the base was measured.
  const pair = keepingRows(await checkPair(base, sft), keptIds(record.vocabulary));
  checkRecordedModel(pair, record);
  return {
    pair,
    inputs: {
      base: await comparedCheckpoint(base, record.inputs.base, signal),
      sft: await comparedCheckpoint(sft, record.inputs.sft, signal),
      calibration: record.inputs.calibration,
    },
  };
}
