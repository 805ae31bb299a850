import { resolve } from 'node:path';
import { commitCheckpoint } from '../commit/commit.ts';
import type { CommittedFile } from '../commit/commitOptions.ts';
import { removeParts } from '../commit/parts/partFiles.ts';
import { InputError } from '../errors.ts';
import type { MergedAdapters } from '../merge/mergedAdapters.ts';
import { type OpenRecord, readRecordJson, rewriteRecord } from '../record/run/recordFile.ts';
import { updatingRecord } from '../record/run/recordLock.ts';
import { type ResetSummary, resetSummary } from '../record/run/resetReport.ts';
import type { CommittedCheckpoint, RunRecord } from '../record/run/runRecord.ts';
import { cardDocuments } from './card/cardDocuments.ts';
import { parentCard } from './card/parentCard.ts';
import { checkpointManifest } from './commit/checkpointManifest.ts';
import { CommitPhases } from './commit/commitPhases.ts';
import { type CommitRequest, commitPins, prepareCommit } from './commit/preparedCommit.ts';
import { weightDtype } from './committedDtype.ts';
import { usingAdapters } from './files/adapters.ts';
import { checkWritable, isSameRun } from './files/recordUpdate.ts';
import type { RunContext } from './progress/runContext.ts';

/*
 * Commits a checkpoint from a run record: checks that its inputs are unchanged, fuses, resets, writes, and lists it in
 * the record.
 */

export interface CommitOptions extends CommitRequest {
  /** Threads; as many as pay when undefined. */
  readonly workers?: number | undefined;
  /** Folder in which parts of the commit have written all weight files; they are taken from there. */
  readonly partials?: string | undefined;
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
  // What the run has just merged is taken as it is.
  const prepared = await prepareCommit(options, adapters, { onEvent, signal }, shared === undefined, opened);
  const { open, alpha, rho, pair, inputs, ranks, selected } = prepared;
  const { dtype } = options;
  const { record, layout } = open;
  const partials = options.partials === undefined ? undefined : resolve(options.partials);
  const parts = partials === undefined ? undefined : { folder: partials, pins: commitPins(prepared, dtype) };
  const reset = rho === 0 ? undefined : resetSummary(layout, ranks, rho, record.parameters);
  const date = new Date().toISOString();
  const card = { record, alpha, rho, dtype, committed: date, reset };
  const documents = cardDocuments(card, await parentCard(pair.base.folder), await parentCard(pair.sft.folder));
  const phases = new CommitPhases(onEvent);
  const files = await commitCheckpoint({
    pair,
    parts,
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
  // Last: of parts that are left the checkpoint takes no harm, and a record that does not list it is of less use.
  if (partials !== undefined) await clearParts(partials, files, onEvent);
  return { ...open, record: updated, committed, reset };
}

/** The checkpoint has its files; what cannot be deleted of the parts is in nobody's way. */
async function clearParts(
  folder: string,
  files: readonly CommittedFile[],
  onEvent: RunContext['onEvent'],
): Promise<void> {
  await removeParts(folder, files).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    onEvent({ type: 'note', text: `"${folder}" is of no use any more but could not be deleted: ${reason}` });
  });
}
