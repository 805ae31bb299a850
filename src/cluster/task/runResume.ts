import { setTimeout } from 'node:timers/promises';
import { Interrupted, RunError } from '../../errors.ts';
import { clearCopies } from '../run/clearCopies.ts';
import { type ClusterRun, readRun } from '../run/clusterRun.ts';
import { type Submitted, submitMissing } from '../run/submitMissing.ts';
import { requeue } from '../slurm/slurm.ts';
import { failureText } from '../status/failureText.ts';
import { lookAt } from '../status/lookAt.ts';
import { runStatus } from '../status/runStatus.ts';
import { mostFailures } from '../status/tries.ts';
import { jobEnvironment } from './jobEnvironment.ts';

/* The work of a run's last job: looks at what the others left, and submits again what was lost. */

interface ResumeContext {
  /** Aborts when the job is to end. */
  readonly stopped: AbortSignal;
  say(text: string): void;
}

/** Between two looks, ms: what another node wrote shows late on network disks, and jobs take a while to be gone. */
const pause = 2000;
/** In this time a job that has ended is gone, ms. */
const patience = 60_000;

/**
 * Submits again what is missing, at most as often as tries are left, and no task that began in three jobs: somebody keeps
 * ending it, and knows why.
 *
 * @throws RunError when the run has failed, or cannot go on by itself; Interrupted when the job was stopped, or is queued
 *   again since Slurm would not take or answer it
 */
export async function runResume(folder: string, { stopped, say }: ResumeContext): Promise<void> {
  const job = jobEnvironment(process.env);
  const run = await readRun(folder);
  say(`Job ${job.job} on ${job.node} looks at the run, ${new Date().toISOString()}`);
  let found: Submitted;
  try {
    await untilSettled(run, stopped);
    found = await submitMissing(run, { again: false, mostJobs: mostFailures });
  } catch (error) {
    if (stopped.aborted || job.restart + 1 >= mostFailures || !(await requeue(job.job))) throw error;
    say(`${error instanceof Error ? error.message : String(error)} This job looks again later.`);
    // Slurm ends this process now.
    await setTimeout(60_000, undefined, { signal: stopped }).catch(() => undefined);
    throw new Interrupted('Queued again.');
  }
  // It does not go on by itself.
  if (found.before.state === 'failed' || found.wornOut !== undefined) await clearCopies(run, []).catch(() => undefined);
  await tell(run, found, say);
}

async function tell(run: ClusterRun, found: Submitted, say: ResumeContext['say']): Promise<void> {
  const { submitted, before, wornOut, resume } = found;
  if (before.state === 'failed') throw new RunError(await failureText(run, before));
  if (wornOut !== undefined) {
    throw new RunError(
      `Task ${wornOut.index} of ${wornOut.phase} was ended from outside in ${mostFailures} jobs: it is not submitted again. ` +
        'Once the cause is known, resume the run.',
    );
  }
  for (const { phase, tasks, jobs } of submitted) {
    say(`${phase}: submitted again, ${tasks === 1 ? 'one task' : `${tasks} tasks`}, job ${jobs.join(' ')}`);
  }
  if (submitted.length === 0) say('There is nothing to submit.');
  if (resume !== undefined && 'refused' in resume) say(`No job will look again: ${resume.refused}`);
}

/** Waits until what is missing stays so for a second look, and no job is about to be gone. */
async function untilSettled(run: ClusterRun, stopped: AbortSignal): Promise<void> {
  const start = performance.now();
  for (let looks = 0; performance.now() - start < patience; ) {
    const known = await lookAt(run);
    const { phases } = runStatus(run.plan, known);
    const leaving = known.queue.some(
      ({ state, phase }) => state === 'COMPLETING' && phases.some(({ name }) => name === phase),
    );
    const missing = phases.some(({ tasks }) => tasks.some(({ state }) => state === 'missing'));
    if (!leaving && (!missing || ++looks === 2)) return;
    await setTimeout(pause, undefined, { signal: stopped }).catch(() => undefined);
    if (stopped.aborted) throw new Interrupted('The job was stopped.');
  }
}
