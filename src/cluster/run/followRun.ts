import { setTimeout } from 'node:timers/promises';
import { Interrupted, RunError } from '../../errors.ts';
import { isLive } from '../slurm/queue.ts';
import { failureText } from '../status/failureText.ts';
import { lookAt } from '../status/lookAt.ts';
import { type RunStatus, runStatus } from '../status/runStatus.ts';
import { cancelRun } from './cancelRun.ts';
import type { ClusterRun } from './clusterRun.ts';
import { endResumeJobs } from './resumeJob.ts';
import { submitMissing } from './submitMissing.ts';

/* Waits for a run on a cluster to end, and submits again what was lost on the way. */

export interface FollowContext {
  readonly signal: AbortSignal;
  /** Hears how the run stands, each time somebody looks. */
  onStatus(status: RunStatus): void;
  say(text: string): void;
}

/** Between two looks: a controller is asked seldom, ms. */
const shortest = 1000;
const longest = 15_000;
/** In this time a job ends whose task is done, ms. */
const ending = 30_000;
/** Looks in a row at which a task is missing before it is submitted again: files show late on network disks. */
const patientLooks = 2;

/**
 * Follows a run until it is done.
 *
 * @throws RunError with the last lines of its log when a task failed as often as it may, with what runs of the others cancelled; or when
 *   the queue cannot be read
 * @throws Interrupted on abort, when the jobs go on, or when the run was cancelled
 */
export async function followRun(run: ClusterRun, { signal, onStatus, say }: FollowContext): Promise<void> {
  let wait = shortest;
  let missed = 0;
  let doneAt: number | undefined;
  for (;;) {
    const known = await lookAt(run);
    const status = runStatus(run.plan, known);
    onStatus(status);
    if (status.state === 'done') {
      if (doneAt === undefined) await endResumeJobs(known.queue);
      doneAt ??= performance.now();
      // The last task has only to end.
      if (!known.queue.some(isLive) || performance.now() - doneAt > ending) return;
    }
    if (status.state === 'cancelled') throw new Interrupted('The run was cancelled.');
    if (status.state === 'failed') {
      await cancelRun(run, false);
      throw new RunError(await failureText(run, status));
    }
    const missing = status.phases.some(({ tasks }) => tasks.some(({ state }) => state === 'missing'));
    missed = missing ? missed + 1 : 0;
    if (missed >= patientLooks) {
      missed = 0;
      const { submitted } = await submitMissing(run, { again: false });
      for (const { phase, tasks } of submitted) say(`${phase}: submitted again, ${tasks} of its tasks`);
    }
    if (signal.aborted) throw new Interrupted('Stopped looking.');
    await setTimeout(missing || doneAt !== undefined ? shortest : wait, undefined, { signal }).catch(() => undefined);
    wait = Math.min(wait * 1.2, longest);
  }
}
