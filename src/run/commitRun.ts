import { resolve } from 'node:path';
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { openCheckpoint } from '../checkpoint/openCheckpoint.ts';
import { checkPair } from '../checkpoint/pair.ts';
import { commitCheckpoint } from '../commit/commit.ts';
import { InputError } from '../errors.ts';
import { fileSha256 } from '../files/reading/fileSha256.ts';
import { resetSet } from '../method/resetSet.ts';
import { type OpenRecord, readRecord, readRecordJson, rewriteRecord } from '../record/run/recordFile.ts';
import { recordHome, refuseRunning, updatingRecord } from '../record/run/recordLock.ts';
import { bestRanks, type ResetSummary, resetSummary } from '../record/run/resetReport.ts';
import type { CommittedCheckpoint, RunRecord } from '../record/run/runRecord.ts';
import { checkAlpha } from '../settings/runSettings.ts';
import { checkpointManifest } from './commit/checkpointManifest.ts';
import { CommitPhases } from './commit/commitPhases.ts';
import { checkOutput } from './files/outputPaths.ts';
import { describeCheckpoint } from './files/provenance.ts';
import { checkWritable, isSameRun } from './files/recordUpdate.ts';
import type { RunContext } from './progress/runContext.ts';

export interface CommitOptions {
  /** Path of the run record. */
  readonly record: string;
  /** Folder to be written. */
  readonly out: string;
  /** The record's when undefined. */
  readonly alpha?: number | undefined;
  /** The record's when undefined; 0 fuses without a reset. */
  readonly rho?: number | undefined;
  readonly overwrite: boolean;
}

/** The record, with the checkpoint just written, and what its reset put back (undefined: fusion only). */
export interface CommittedRecord extends OpenRecord {
  readonly committed: CommittedCheckpoint;
  readonly reset: ResetSummary | undefined;
}

/**
 * Checks that a checkpoint still is what the record was made from: by size and time, and by hash where these differ.
 *
 * @throws InputError naming the file that changed
 */
async function checkUnchanged(
  checkpoint: Checkpoint,
  recorded: RunRecord['inputs']['base'],
  signal: AbortSignal,
): Promise<void> {
  const { files } = await describeCheckpoint(checkpoint);
  for (const { name, bytes, modified, sha256 } of recorded.files) {
    const now = files.find((file) => file.name === name);
    if (now === undefined)
      throw new InputError(`"${checkpoint.folder}" no longer holds "${name}", which the record was made from.`);
    if (now.bytes === bytes && new Date(now.modifiedMs).toISOString() === modified) continue;
    if (now.bytes !== bytes || (await fileSha256(now.path, signal)) !== sha256) {
      throw new InputError(`"${now.path}" is not the file that the record was made from: attribute again.`);
    }
  }
}

function checkRho(rho: number, { rhoMax }: RunRecord['settings']): void {
  if (!(rho >= 0 && rho <= 1)) throw new InputError(`rho is ${rho}, but must lie between 0 and 1.`);
  if (rho > rhoMax) {
    throw new InputError(
      `rho is ${rho}, but the record holds ranks up to rho-max ${rhoMax}: attribute again with a larger one.`,
    );
  }
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
 * @throws Interrupted on abort; no checkpoint is there then
 */
export async function commitRun(
  options: CommitOptions,
  { onEvent, signal }: Pick<RunContext, 'onEvent' | 'signal'>,
  opened?: OpenRecord,
): Promise<CommittedRecord> {
  const home = await recordHome(options.record);
  await refuseRunning(home);
  const open = opened ?? (await readRecord(home));
  const { record, layout, arrays } = open;
  const alpha = options.alpha ?? record.settings.alpha;
  const rho = options.rho ?? record.settings.rho;
  checkAlpha(alpha);
  checkRho(rho, record.settings);
  const inputs = [record.inputs.base.folder, record.inputs.sft.folder, open.path];
  await checkOutput({ what: 'checkpoint', path: options.out, kind: 'folder' }, inputs, options.overwrite);
  const base = await openCheckpoint(record.inputs.base.folder);
  const sft = await openCheckpoint(record.inputs.sft.folder);
  const pair = await checkPair(base, sft);
  await checkUnchanged(base, record.inputs.base, signal);
  await checkUnchanged(sft, record.inputs.sft, signal);
  const ranks = bestRanks(layout, arrays);
  const selected = resetSet(layout, ranks, rho);
  const reset = rho === 0 ? undefined : resetSummary(layout, ranks, rho, record.parameters);
  const date = new Date().toISOString();
  const phases = new CommitPhases(onEvent);
  await commitCheckpoint({
    pair,
    alpha,
    resetSet: selected,
    out: options.out,
    overwrite: options.overwrite,
    manifest: (files) => checkpointManifest({ record, alpha, rho, committed: date, reset, resetSet: selected }, files),
    signal,
    onProgress: phases.onProgress,
  });
  const folder = resolve(options.out);
  const neurons = reset?.neurons ?? 0;
  const committed: CommittedCheckpoint = { folder, alpha, rho, neurons, committed: date, phases: phases.end() };
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
