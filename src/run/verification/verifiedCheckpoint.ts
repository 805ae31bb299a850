import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { tokenTexts } from '../../calibration/tokenTexts.ts';
import { type Checkpoint, placeOf } from '../../checkpoint/checkpoint.ts';
import { vocabularyCompletion } from '../../checkpoint/vocabulary/completion.ts';
import { type CompletedCheckpoint, completedCheckpoint } from '../../checkpoint/vocabulary/vocabularyRows.ts';
import { InputError } from '../../errors.ts';
import { exists } from '../../files/reading/exists.ts';
import { shown } from '../../files/reading/shown.ts';
import type { Completion } from '../../protocol/engine.ts';
import { intArray } from '../../record/arrays/arrays.ts';
import type { OpenRecord } from '../../record/run/recordFile.ts';
import type { RunRecord } from '../../record/run/runRecord.ts';
import { completionBy, keptIds } from '../attribution/recordedVocabulary.ts';
import { comparedCheckpoint } from '../commit/comparedInputs.ts';

/* Opens checkpoints that are to be measured on a record's token ids, and checks that the ids mean the same to them. */

/** A checkpoint to be measured. */
export interface VerifiedCheckpoint {
  readonly checkpoint: CompletedCheckpoint;
  /** Of the record's own base, which is measured as the run measured it. */
  readonly completion: Completion | undefined;
  readonly isBase: boolean;
}

/** Opens a checkpoint, or an adapter merged into the record's base; one of the record's own by {@link heldToRecord}. */
type OpenOne = (folder: string) => Promise<Checkpoint>;

/** Whether two paths lead to one place, as far as can be told. */
export async function samePath(one: string, other: string): Promise<boolean> {
  const real = (path: string) => realpath(path).catch(() => path);
  return (await real(one)) === (await real(other));
}

/**
 * A checkpoint that was opened; one in a folder of the record's own must be of the files that the record was made from,
 * and of no others that lie there now.
 *
 * @throws InputError naming the file that is another; ChangedInput for one that changes meanwhile
 * @throws Interrupted on abort
 */
export async function heldToRecord(
  checkpoint: Checkpoint,
  { inputs: { base, sft } }: RunRecord,
  signal: AbortSignal,
): Promise<Checkpoint> {
  for (const recorded of [base, sft]) {
    if (await samePath(checkpoint.folder, recorded.folder)) await comparedCheckpoint(checkpoint, recorded, signal);
  }
  return checkpoint;
}

/** Every id of the record's samples must mean the same to the checkpoint. */
async function checkTokens(checkpoint: Checkpoint, { record, arrays }: OpenRecord, signal: AbortSignal): Promise<void> {
  const used = new Set(intArray(arrays, 'samples.ids'));
  const { vocabSize } = checkpoint.architecture;
  const largest = [...used].reduce((most, id) => Math.max(most, id), -1);
  if (largest >= vocabSize) {
    throw new InputError(
      `"${checkpoint.folder}" has ${vocabSize} tokens, but the record uses token ${largest}: it has another tokenizer.`,
    );
  }
  if (checkpoint.tokenizerPath === undefined) return;
  const recorded = new Map(record.tokens.ids.map((id, position) => [id, record.tokens.texts[position]!]));
  const own = await tokenTexts(checkpoint.tokenizerPath, used, signal);
  const other = [...used].sort((a, b) => a - b).find((id) => own.get(id) !== recorded.get(id));
  if (other === undefined) return;
  throw new InputError(
    `"${checkpoint.folder}" has another tokenizer than the record: token ${other} is ` +
      `${shown(own.get(other) ?? '')} there, ${shown(recorded.get(other) ?? '')} in the record.`,
  );
}

/** The record's own base, with the SFT's rows where the run gave it those. */
async function completedBase(base: Checkpoint, record: RunRecord, openOne: OpenOne): Promise<VerifiedCheckpoint> {
  const { vocabulary, inputs } = record;
  if (vocabulary === undefined) return { checkpoint: base, completion: undefined, isBase: true };
  const sft = await openOne(inputs.sft.folder);
  const [baseRows, sftRows] = [base.architecture.vocabSize, sft.architecture.vocabSize];
  if (baseRows !== vocabulary.baseRows || sftRows !== vocabulary.sftRows) {
    throw new InputError(
      `"${base.folder}" and "${sft.folder}" have ${baseRows} and ${sftRows} tokens, but ${vocabulary.baseRows} and ` +
        `${vocabulary.sftRows} in the record: attribute again.`,
    );
  }
  const completion = vocabularyCompletion(baseRows, sftRows, keptIds(vocabulary));
  return {
    checkpoint: completedCheckpoint(base, sft, completion),
    completion: completionBy(placeOf(sft), vocabulary),
    isBase: true,
  };
}

/**
 * Opens a checkpoint that is to be measured on a record's ids.
 *
 * @param save whether its measures are to go into the record
 * @throws InputError when it cannot be read or has another tokenizer
 */
export async function verifiedCheckpoint(
  folder: string,
  open: OpenRecord,
  save: boolean,
  openOne: OpenOne,
  signal: AbortSignal,
): Promise<VerifiedCheckpoint> {
  const { record } = open;
  const checkpoint = await openOne(folder);
  const isBase = await samePath(folder, record.inputs.base.folder);
  // To the base renamed tokens mean something else, and the run measured it all the same.
  if (isBase) return completedBase(checkpoint, record, openOne);
  await checkTokens(checkpoint, open, signal);
  const { vocabSize } = checkpoint.architecture;
  if (save && vocabSize > record.architecture.vocabSize) {
    throw new InputError(
      `"${checkpoint.folder}" has ${vocabSize} tokens, the record ${record.architecture.vocabSize}: ` +
        'it can be measured, but not saved into this record.',
    );
  }
  return { checkpoint, completion: undefined, isBase: false };
}

/**
 * The tokenizer that tells the texts of tokens that come into a record with new measures.
 *
 * @throws InputError when there is none
 */
export async function tokenizerFor(record: RunRecord, verified: readonly VerifiedCheckpoint[]): Promise<string> {
  const { sft, tokenizer } = record.inputs;
  const named = tokenizer?.name ?? join(sft.folder, 'tokenizer.json');
  const own = verified.flatMap(({ checkpoint, isBase }) => (isBase ? [] : [checkpoint.tokenizerPath]));
  const found = own.find((path) => path !== undefined);
  if (found !== undefined) return found;
  if (await exists(named)) return named;
  throw new InputError(
    `"${named}" is gone, and no checkpoint given has a tokenizer.json: the texts of tokens cannot be saved.`,
  );
}
