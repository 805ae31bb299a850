import { arraysOf } from '../run/arrays.ts';
import { readAttempts } from '../run/attempts.ts';
import type { ClusterRun } from '../run/clusterRun.ts';
import { readState } from '../run/clusterState.ts';
import { doneTasks } from '../run/proofs.ts';
import { type JobName, jobName } from '../slurm/jobName.ts';
import { clearPhase, resumePhase } from '../slurm/sbatchArguments.ts';
import { queueOf } from '../slurm/slurm.ts';
import type { Known } from './runStatus.ts';

/** The names of all jobs that a run may have. */
export function jobNamesOf({ plan }: ClusterRun): readonly string[] {
  const phases = plan.phases.flatMap(({ name, tasks }) =>
    arraysOf(
      tasks.map((_, index) => index),
      plan.arrayLimit,
    ).map(({ offset }): string => jobName({ run: plan.id, phase: name, offset } satisfies JobName)),
  );
  const others = [resumePhase, clearPhase].map((phase) => jobName({ run: plan.id, phase, offset: 0 }));
  return [...phases, ...others];
}

/**
 * Looks at a run's queue, attempts and files, in this order.
 *
 * @throws InputError when the folder is damaged; RunError when the queue cannot be read
 */
export async function lookAt(run: ClusterRun): Promise<Known> {
  const queue = await queueOf(run.plan.id, jobNamesOf(run));
  const attempts = await readAttempts(run.folder);
  return { queue, attempts, done: await doneTasks(run), state: await readState(run.folder) };
}
