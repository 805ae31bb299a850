import { join } from 'node:path';
import { InputError } from '../../errors.ts';
import { exists } from '../../files/reading/exists.ts';
import { writeFileWhole } from '../../files/writing/stagedFile.ts';
import { isQueued, type QueuedTask } from '../slurm/queue.ts';
import { resumeArguments, resumePhase, scriptPath } from '../slurm/sbatchArguments.ts';
import { cancelJobs, submit } from '../slurm/slurm.ts';
import type { ClusterRun } from './clusterRun.ts';
import { type ClusterState, writeState } from './clusterState.ts';
import { resumeScriptOf } from './createRun.ts';

/*
 * The last job of a run: it waits until all others have ended, however they did (`afterany`), submits again what was lost
 * of them, and ends. Nothing polls. It is ended by the run's last task, and by whoever cancels the run or this job.
 */

/** So many in a round at most: a cluster on which every job ends at once is left alone some time. */
const mostResumeJobs = 20;

/** The job's number, or why Slurm did not take it: the run goes on without. */
export type ResumeJob = { readonly job: string } | { readonly refused: string };

export interface ResumeRequest {
  readonly state: ClusterState;
  readonly queue: readonly QueuedTask[];
  /** Job arrays that it waits for. */
  readonly after: readonly string[];
  /** Some of them are new: a job that waits already does not wait for those. */
  readonly anew: boolean;
}

const waiting = ({ phase, state }: QueuedTask) => phase === resumePhase && state === 'PENDING';

/**
 * Sees to it that one such job waits for all others. Call it under the run's lock.
 *
 * @returns the job that it submitted; undefined where one waits already, or none is needed
 * @throws RunError when Slurm does not answer
 */
export async function renewResumeJob(
  run: ClusterRun,
  { state, queue, after, anew }: ResumeRequest,
): Promise<ResumeJob | undefined> {
  const old = queue.filter(waiting);
  if (after.length === 0 || (old.length > 0 && !anew)) return undefined;
  const { round, resumeJobs } = state;
  if (resumeJobs.filter((each) => each.round === round).length >= mostResumeJobs) return undefined;
  const script = join(run.folder, scriptPath(resumePhase));
  if (!(await exists(script))) await writeFileWhole(script, Buffer.from(resumeScriptOf(run)), true);
  try {
    const job = await submit(resumeArguments(run.plan.id, after, run.plan.settings), run.folder);
    await writeState(run.folder, { ...state, resumeJobs: [...resumeJobs, { job, round }] });
    await cancelJobs(old.map(({ id }) => id));
    return { job };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { refused: error.message };
  }
}

/** Ends those that wait: all is done. */
export async function endResumeJobs(queue: readonly QueuedTask[]): Promise<void> {
  await cancelJobs(queue.filter((each) => waiting(each) && isQueued(each)).map(({ id }) => id));
}
