import { type JobName, jobName } from '../slurm/jobName.ts';
import { queueOf } from '../slurm/slurm.ts';
import { arraysOf } from './arrays.ts';
import { readAttempts } from './attempts.ts';
import type { ClusterRun } from './clusterRun.ts';
import { readState } from './clusterState.ts';
import { doneTasks } from './proofs.ts';
import type { Known } from './runStatus.ts';

/** The names of all jobs that a run may have. */
export function jobNamesOf({ plan }: ClusterRun): readonly string[] {
  return plan.phases.flatMap(({ name, tasks }) =>
    arraysOf(
      tasks.map((_, index) => index),
      plan.arrayLimit,
    ).map(({ offset }): string => jobName({ run: plan.id, phase: name, offset } satisfies JobName)),
  );
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
