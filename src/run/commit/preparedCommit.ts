import { createHash } from 'node:crypto';
import type { CheckpointPair } from '../../checkpoint/pair.ts';
import type { MergedAdapters } from '../../merge/mergedAdapters.ts';
import { resetSet } from '../../method/resetSet.ts';
import { type OpenRecord, readRecord } from '../../record/run/recordFile.ts';
import { recordHome, refuseRunning } from '../../record/run/recordLock.ts';
import { bestRanks } from '../../record/run/resetReport.ts';
import type { OutputDtype } from '../../settings/outputDtype.ts';
import { checkAlpha } from '../../settings/runSettings.ts';
import { checkOutput } from '../files/outputPaths.ts';
import type { RunContext } from '../progress/runContext.ts';
import type { ManifestInputs } from './checkpointManifest.ts';
import { checkRho } from './checkRho.ts';
import { openRecordedPair } from './recordedPair.ts';

/* What a commit must know before it writes anything: the record, its inputs, and which neurons are reset. */

/** Which checkpoint is to be written. */
export interface CommitRequest {
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
  readonly overwrite: boolean;
}

export interface PreparedCommit {
  readonly open: OpenRecord;
  readonly alpha: number;
  readonly rho: number;
  readonly pair: CheckpointPair;
  readonly inputs: ManifestInputs;
  /** Of each neuron. */
  readonly ranks: ReturnType<typeof bestRanks>;
  /** Neuron indices by projection, ascending. */
  readonly selected: ReadonlyMap<string, Uint32Array>;
}

/**
 * Opens the record and its inputs, and checks that they are what they were and that the output may be written.
 *
 * @param opened the record, when the caller has just made it
 * @param merging tell of an adapter that is merged as of a phase
 * @throws InputError for bad input; ChangedInput for one that changes meanwhile; Interrupted on abort
 */
export async function prepareCommit(
  request: CommitRequest,
  adapters: MergedAdapters,
  context: Pick<RunContext, 'onEvent' | 'signal'>,
  merging: boolean,
  opened?: OpenRecord,
): Promise<PreparedCommit> {
  const home = await recordHome(request.record);
  await refuseRunning(home);
  const open = opened ?? (await readRecord(home));
  const { record, layout, arrays } = open;
  const alpha = request.alpha ?? record.settings.alpha;
  const rho = request.rho ?? record.settings.rho;
  checkAlpha(alpha);
  checkRho(rho, record.settings);
  const sources = [record.inputs.base.folder, record.inputs.sft.folder, open.path];
  await checkOutput({ what: 'checkpoint', path: request.out, kind: 'folder' }, sources, request.overwrite);
  const { pair, inputs } = await openRecordedPair(open, adapters, context, merging);
  const ranks = bestRanks(layout, arrays);
  return { open, alpha, rho, pair, inputs, ranks, selected: resetSet(layout, ranks, rho) };
}

/**
 * What decides every byte of a checkpoint's weights, as a SHA-256: parts that were written for another one are told apart.
 */
export function commitPins({ open, alpha, inputs, selected }: PreparedCommit, dtype: OutputDtype | undefined): string {
  const filesOf = ({ files }: ManifestInputs['base']) => files.map(({ name, sha256 }) => [name, sha256]);
  const decided = {
    alpha,
    dtype: dtype ?? null,
    vocabulary: open.record.vocabulary ?? null,
    base: filesOf(inputs.base),
    sft: filesOf(inputs.sft),
    reset: [...selected].map(([name, neurons]) => [name, Array.from(neurons)]),
  };
  return createHash('sha256').update(JSON.stringify(decided)).digest('hex');
}
