import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../paths.ts';
import type { FaultPlan } from '../storm/faults.cjs';
import type { SlurmCluster } from './slurmCluster.ts';

/* Real tasks that are hit in the midst of their work, at a call by which they change the disk: see test/storm/faults.cjs. */

export interface Mishap {
  /** Of a task's first attempt; later ones are left alone. */
  readonly phase: string;
  readonly task: number;
  readonly plan: Omit<FaultPlan, 'program'>;
}

/** A line of shell for `--setup`, by which the tasks meet with mishaps. */
export function setupOf(mishaps: readonly Mishap[]): string {
  const faults = join(root, 'test', 'storm', 'faults.cjs');
  const cases = mishaps.map(({ phase, task, plan }) => {
    const storm = JSON.stringify({ ...plan, program: 'cli.cjs' });
    return `*-${phase}/${task}/) export NODE_OPTIONS='--require ${faults}' STORM='${storm}' ;;`;
  });
  return `case "$SLURM_JOB_NAME/$SLURM_ARRAY_TASK_ID/$SLURM_RESTART_COUNT" in ${cases.join(' ')} esac`;
}

/** Phases may have to come before it, on a machine with much other work, ms. */
const patience = 150_000;

/** Waits until a task stands still. @returns its job and its node */
export async function heldTask(cluster: SlurmCluster, held: string) {
  const said = () => (existsSync(held) ? readFileSync(held, 'utf8').trim().split(' ') : []);
  await cluster.until(() => cluster.queue().length > 0 && said().length === 2, held, patience);
  const [job, node] = said() as [string, 'node1' | 'node2'];
  return { job, node };
}
