import { resolve } from 'node:path';
import { commitCheckpoint } from '../commit/commit.ts';
import { InputError } from '../errors.ts';
import type { MergedAdapters } from '../merge/mergedAdapters.ts';
import { resetSet } from '../method/resetSet.ts';
import { type OpenRecord, readRecord, readRecordJson, rewriteRecord } from '../record/run/recordFile.ts';
import { recordHome, refuseRunning, updatingRecord } from '../record/run/recordLock.ts';
import { bestRanks, type ResetSummary, resetSummary } from '../record/run/resetReport.ts';
import type { CommittedCheckpoint, RunRecord } from '../record/run/runRecord.ts';
import type { OutputDtype } from '../settings/outputDtype.ts';
import { checkAlpha } from '../settings/runSettings.ts';
import { cardDocuments } from './card/cardDocuments.ts';
import { parentCard } from './card/parentCard.ts';
import { checkpointManifest } from './commit/checkpointManifest.ts';
import { checkRho } from './commit/checkRho.ts';
import { CommitPhases } from './commit/commitPhases.ts';
import { openRecordedPair } from './commit/recordedPair.ts';
import { weightDtype } from './committedDtype.ts';
import { usingAdapters } from './files/adapters.ts';
import { checkOutput } from './files/outputPaths.ts';
import { checkWritable, isSameRun } from './files/recordUpdate.ts';
import type { RunContext } from './progress/runContext.ts';

/*
 * Commits a checkpoint from a run record: checks that its inputs are unchanged, fuses, resets, writes, and lists it in
 * the record.
 */

export interface CommitOptions {
  /** Path of the run record. */
  readonly record: string;
  /** Folder to be written. */
  readonly out: string;
  /** The record's when undefined. */
  readonly alpha?: number | undefined;
  /** The record's when undefined; 0 fuses without a reset. */
  readonly rho?: number | undefined;
  /** Of all weights; each as the SFT checkpoint has it when undefined. */
  readonly dtype?: OutputDtype | undefined;
  /** Threads; as many as pay when undefined. */
  readonly workers?: number | undefined;
  readonly overwrite: boolean;
}

/** The record, with the checkpoint just written, and what was reset in it (undefined: fusion only). */
export interface CommittedRecord extends OpenRecord {
  readonly committed: CommittedCheckpoint;
  readonly reset: ResetSummary | undefined;
}

function withCheckpoint(record: RunRecord, committed: CommittedCheckpoint): RunRecord {
  const others = record.checkpoints.filter(({ folder }) => folder !== committed.folder);
  return { ...record, checkpoints: [...others, committed] };
}

/** Adds a checkpoint to what the record lists by now. The caller must hold its lock. */
async function addCheckpoint({ path, record }: OpenRecord, committed: CommittedCheckpoint): Promise<RunRecord> {
  await checkWritable(path);
  const now = await readRecordJson(path);
  if (!isSameRun(now, record)) {
    throw new InputError(`"${path}" was replaced meanwhile by the record of another run.`);
  }
  const updated = withCheckpoint(now, committed);
  await rewriteRecord(path, updated);
  return updated;
}

/**
 * Writes the checkpoint that a record describes, for its own or another alpha and rho: fuse (eq. 1), reset (eq. 5),
 * write, check. The record then lists the checkpoint, beside those that others have added meanwhile.
 *
 * @param opened the record, when the caller has just made it
 * @throws InputError for bad input, before anything is written
 * @throws RunError when an input changes while it is read; no checkpoint is there then
 * @throws Interrupted on abort; no checkpoint is there then
 */
export async function commitRun(
  options: CommitOptions,
  context: Pick<RunContext, 'onEvent' | 'signal' | 'adapters'>,
  opened?: OpenRecord,
): Promise<CommittedRecord> {
  return usingAdapters(context, (adapters) => commitWith(adapters, options, context, opened));
}

async function commitWith(
  adapters: MergedAdapters,
  options: CommitOptions,
  { onEvent, signal, adapters: shared }: Pick<RunContext, 'onEvent' | 'signal' | 'adapters'>,
  opened: OpenRecord | undefined,
): Promise<CommittedRecord> {
  const home = await recordHome(options.record);
  await refuseRunning(home);
  const open = opened ?? (await readRecord(home));
  const { dtype } = options;
  const { record, layout, arrays } = open;
  const alpha = options.alpha ?? record.settings.alpha;
  const rho = options.rho ?? record.settings.rho;
  checkAlpha(alpha);
  checkRho(rho, record.settings);
  const sources = [record.inputs.base.folder, record.inputs.sft.folder, open.path];
  await checkOutput({ what: 'checkpoint', path: options.out, kind: 'folder' }, sources, options.overwrite);
  // What the run has just merged is taken as it is.
  const { pair, inputs } = await openRecordedPair(open, adapters, { onEvent, signal }, shared === undefined);
  const ranks = bestRanks(layout, arrays);
  const selected = resetSet(layout, ranks, rho);
  const reset = rho === 0 ? undefined : resetSummary(layout, ranks, rho, record.parameters);
  const date = new Date().toISOString();
  const card = { record, alpha, rho, dtype, committed: date, reset };
  const documents = cardDocuments(card, await parentCard(pair.base.folder), await parentCard(pair.sft.folder));
  const phases = new CommitPhases(onEvent);
  await commitCheckpoint({
    pair,
    alpha,
    dtype: weightDtype(dtype),
    resetSet: selected,
    out: options.out,
    overwrite: options.overwrite,
    workers: options.workers,
    documents,
    manifest: (files) =>
      checkpointManifest({ record, inputs, alpha, rho, dtype, committed: date, reset, resetSet: selected }, files),
    signal,
    onProgress: phases.onProgress,
  });
  const folder = resolve(options.out);
  const committed: CommittedCheckpoint = {
    folder,
    alpha,
    rho,
    neurons: reset?.neurons ?? 0,
    ...(dtype !== undefined && { dtype }),
    committed: date,
    phases: phases.end(),
  };
  let updated = withCheckpoint(record, committed);
  try {
    updated = await updatingRecord(open.path, 'another commit', () => addCheckpoint(open, committed));
  } catch (error) {
    // The checkpoint is complete and says itself how it was made; a record in a read-only place is no failure.
    const reason = error instanceof Error ? error.message : String(error);
    onEvent({ type: 'note', text: `The checkpoint is complete, but the record could not list it: ${reason}` });
  }
  return { ...open, record: updated, committed, reset };
}
