import { resolve } from 'node:path';
import { commitPhases, manifestOf } from '../../../cluster/phases/commitPhases.ts';
import type { ClusterPhase } from '../../../cluster/run/clusterRun.ts';
import { fileNow } from '../../../cluster/run/proofs.ts';

/* Sends `commit` to a Slurm cluster, alone or after a record is made. */

/** What `commit` is asked. */
export interface ClusterCommit {
  readonly record: string;
  readonly out: string;
  /** The record's where undefined. */
  readonly alpha?: number | undefined;
  readonly rho?: number | undefined;
  readonly dtype?: string | undefined;
  readonly overwrite?: true | undefined;
}

/** The phases that write a checkpoint. */
export async function commitPhasesOf(
  { record, out, alpha, rho, dtype, overwrite }: ClusterCommit,
  after: readonly string[],
): Promise<readonly ClusterPhase[]> {
  const options = [
    ...(alpha === undefined ? [] : [`--alpha=${alpha}`]),
    ...(rho === undefined ? [] : [`--rho=${rho}`]),
    ...(dtype === undefined ? [] : [`--dtype=${dtype}`]),
    ...(overwrite ? ['--overwrite'] : []),
  ];
  const before = await fileNow(manifestOf(resolve(out)));
  return commitPhases({ record: resolve(record), out: resolve(out), options, after, before });
}
