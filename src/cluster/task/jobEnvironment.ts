import { InputError } from '../../errors.ts';

/* What Slurm tells a task of itself, by variables of its environment. */

export interface JobEnvironment {
  /** The task's index in its array. */
  readonly arrayIndex: number;
  /** The job's own number, another for each task. */
  readonly job: string;
  /** The array's number. */
  readonly array: string;
  /** How often it was queued again. */
  readonly restart: number;
  readonly node: string;
}

/** @throws InputError outside a job array */
export function jobEnvironment(variables: NodeJS.ProcessEnv): JobEnvironment {
  const { SLURM_ARRAY_TASK_ID: index, SLURM_JOB_ID: job, SLURM_RESTART_COUNT: restart } = variables;
  if (index === undefined || !/^\d{1,9}$/.test(index) || job === undefined || !/^\d+$/.test(job)) {
    throw new InputError(
      'This is what the scripts of a run on a cluster call: outside a job array of Slurm it has no task.',
    );
  }
  const restarts = /^\d{1,9}$/.test(restart ?? '') ? Number(restart) : 0;
  const array = variables['SLURM_ARRAY_JOB_ID'] ?? job;
  return { arrayIndex: Number(index), job, array, restart: restarts, node: variables['SLURMD_NODENAME'] ?? '' };
}
