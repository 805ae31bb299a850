import { join } from 'node:path';
import { Lock } from '../../files/locks/lock.ts';
import { isLive, isQueued } from '../slurm/queue.ts';
import { clearPhase, sbatchArguments } from '../slurm/sbatchArguments.ts';
import { cancelJobs, submit } from '../slurm/slurm.ts';
import { lookAt } from '../status/lookAt.ts';
import { type Known, type RunStatus, runStatus } from '../status/runStatus.ts';
import { jobsBegun } from '../status/tries.ts';
import { arraysOf } from './arrays.ts';
import type { ClusterPhase, ClusterRun } from './clusterRun.ts';
import { type ClusterState, readState, writeState } from './clusterState.ts';
import { isDone } from './proofs.ts';
import { type ResumeJob, renewResumeJob } from './resumeJob.ts';

/*
 * Submits what is missing of a run: all of it at first, later what failed, was lost or was never submitted. A phase waits
 * for the tasks before it by `afterok`. Since that never forgives a task which failed, phases after one that is submitted
 * anew are submitted anew too.
 */

const lockOptions = { what: 'The run on the cluster', work: 'another submission', long: false } as const;

/** Does something while no other process submits, cancels or writes the run's state. */
export function holding<Result>({ folder }: ClusterRun, work: () => Promise<Result>): Promise<Result> {
  return Lock.during(join(folder, '.lock'), lockOptions, work);
}

/** What was submitted. */
export interface Submission {
  readonly phase: string;
  readonly tasks: number;
  /** Job arrays. */
  readonly jobs: readonly string[];
}

export interface SubmitOptions {
  /** The user asks: failures before do not count, nor does having cancelled. */
  readonly again: boolean;
  /** Nothing is submitted where a task that is missing has begun in so many jobs; undefined: that does not count. */
  readonly mostJobs?: number;
}

/** What came of it. */
export interface Submitted {
  readonly submitted: readonly Submission[];
  /** How the run stood. */
  readonly before: RunStatus;
  /** The job that will submit again what is lost, if one was submitted, or would have been. */
  readonly resume?: ResumeJob | undefined;
  /** A task that {@link SubmitOptions.mostJobs} keeps from being submitted. */
  readonly wornOut?: { readonly phase: string; readonly index: number } | undefined;
}

/**
 * Submits every task that is not done and has no job. Where a task was tried as often as it may be, nothing.
 * A last job that waits for all of them does so again (`resumeJob.ts`).
 *
 * @throws InputError with Slurm's sentence when it refuses; RunError when it does not answer
 */
export function submitMissing(run: ClusterRun, { again, mostJobs }: SubmitOptions): Promise<Submitted> {
  return holding(run, async () => {
    if (again) {
      const state = await readState(run.folder);
      await writeState(run.folder, { ...state, round: state.round + 1, cancelled: false });
    }
    const known = await lookAt(run);
    const before = runStatus(run.plan, known);
    if (known.state.cancelled || before.state === 'failed') return { submitted: [], before };
    const wornOut = mostJobs === undefined ? undefined : taskOfJobs(before, known, mostJobs);
    if (wornOut !== undefined) return { submitted: [], before, wornOut };
    // They would delete what the tasks are about to read.
    const clearing = known.queue.filter((task) => task.phase === clearPhase && isQueued(task));
    if (before.state !== 'done') await cancelJobs(clearing.map(({ id }) => id));
    return { ...(await submitPhases(run, known)), before };
  });
}

/** A missing task that has begun in so many jobs. */
function taskOfJobs({ phases }: RunStatus, { attempts, state }: Known, most: number): Submitted['wornOut'] {
  const missing = phases.flatMap(({ name, tasks }) =>
    tasks.filter((task) => task.state === 'missing').map(({ index }) => ({ phase: name, index })),
  );
  return missing.find(({ phase, index }) => {
    const own = attempts.filter((each) => each.phase === phase && each.index === index);
    return jobsBegun({ attempts: own, round: state.round }) >= most;
  });
}

async function submitPhases(
  run: ClusterRun,
  { queue, done, state }: Known,
): Promise<Pick<Submitted, 'submitted' | 'resume'>> {
  const submitted: Submission[] = [];
  const live = queue.filter(isLive);
  let kept: ClusterState = state;
  // Jobs and tasks that a phase after this one waits for.
  const awaited = new Map<string, readonly string[]>();
  // All arrays that will still do something.
  const going = new Set<string>();
  for (const phase of run.plan.phases) {
    if (isDone(done, phase.name)) continue;
    const anew = phase.after.some((name) => submitted.some((each) => each.phase === name));
    const own = queue.filter((task) => task.phase === phase.name);
    // They wait for jobs that have failed, or for fewer than they must.
    const stale = own.filter((task) => isQueued(task) && (!isLive(task) || (anew && task.state === 'PENDING')));
    await cancelJobs(stale.map(({ id }) => id));
    const keptJobs = live.filter((task) => task.phase === phase.name && !stale.includes(task));
    const missing = phase.tasks
      .map((_, index) => index)
      .filter((index) => done.get(phase.name)![index] !== true && !keptJobs.some((job) => job.index === index));
    const after = phase.after.flatMap((name) => awaited.get(name) ?? []);
    const jobs: string[] = [];
    for (const { offset, indices } of arraysOf(missing, run.plan.arrayLimit)) {
      const request = { run: run.plan.id, phase: phase.name, offset, indices, after, model: phase.model };
      const job = await submit(sbatchArguments(request, run.plan.settings), run.folder);
      jobs.push(job);
      const at = new Date().toISOString();
      const waits = after.length > 0;
      const entry = { job, phase: phase.name, offset, indices: [...indices], round: state.round, waits, at };
      kept = { ...kept, submitted: [...kept.submitted, entry] };
      await writeState(run.folder, kept);
    }
    for (const job of [...jobs, ...keptJobs.map((kept) => kept.job)]) going.add(job);
    if (jobs.length > 0) submitted.push({ phase: phase.name, tasks: missing.length, jobs });
    awaited.set(phase.name, [
      ...jobs,
      ...keptJobs.filter((job) => notDone(done, phase, job.index)).map(({ id }) => id),
    ]);
  }
  const resume = await renewResumeJob(run, { state: kept, queue, after: [...going], anew: submitted.length > 0 });
  return { submitted, resume };
}

function notDone(done: Known['done'], phase: ClusterPhase, index: number): boolean {
  return done.get(phase.name)![index] !== true;
}
