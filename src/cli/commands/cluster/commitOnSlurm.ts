import { resolve } from 'node:path';
import { commitPhases, manifestOf } from '../../../cluster/phases/commitPhases.ts';
import type { ClusterPhase } from '../../../cluster/run/clusterRun.ts';
import { fileNow } from '../../../cluster/run/proofs.ts';
import { usualShards } from '../../../cluster/slurm/slurmSettings.ts';
import { readRecord } from '../../../record/run/recordFile.ts';
import type { CommandContext } from '../command.ts';
import type { SlurmOptions } from './slurmOptions.ts';
import { runFolderOf, submitRun } from './submitRun.ts';

/* Sends `commit` to a Slurm cluster, alone or after a record is made. */

/** What `commit` is asked. */
export interface ClusterCommit {
  readonly record: string;
  readonly out: string;
  /** The record's where undefined. */
  readonly alpha?: number | undefined;
  readonly rho?: number | undefined;
  readonly dtype?: string | undefined;
  readonly workers?: number | undefined;
  readonly overwrite?: true | undefined;
  /** Tasks that write weight files. */
  readonly shards?: number | undefined;
}

/**
 * The phases that write a checkpoint. What its tasks write lies beside it until it is whole: on the same file system.
 */
export async function commitPhasesOf(
  { record, out, alpha, rho, dtype, workers, overwrite, shards = usualShards }: ClusterCommit,
  after: readonly string[],
): Promise<readonly ClusterPhase[]> {
  const options = [
    ...(alpha === undefined ? [] : [`--alpha=${alpha}`]),
    ...(rho === undefined ? [] : [`--rho=${rho}`]),
    ...(dtype === undefined ? [] : [`--dtype=${dtype}`]),
    ...(workers === undefined ? [] : [`--workers=${workers}`]),
    ...(overwrite ? ['--overwrite'] : []),
  ];
  const target = resolve(out);
  const before = await fileNow(manifestOf(target));
  const partials = `${target}.rejuvenation.parts`;
  return commitPhases({ record: resolve(record), out: target, options, after, before, shards, partials });
}

/**
 * Submits a commit on its own.
 *
 * @throws InputError where the record cannot be read; InputError, RunError, Interrupted as `submitRun`
 */
export async function commitOnSlurm(
  asked: ClusterCommit & SlurmOptions & { readonly json?: true },
  context: CommandContext,
): Promise<void> {
  const out = resolve(asked.out);
  const { path } = await readRecord(asked.record);
  const phases = await commitPhasesOf(asked, []);
  const outputs = { record: path, checkpoint: out };
  await submitRun({ command: 'commit', folder: runFolderOf(asked, `${out}.commit`), phases, outputs }, asked, context);
}
