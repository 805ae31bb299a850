import type { KeptAttempt } from '../run/attempts.ts';
import type { ClusterPlan } from '../run/clusterRun.ts';
import type { ClusterState } from '../run/clusterState.ts';
import { type DoneTasks, isDone } from '../run/proofs.ts';
import type { QueuedTask } from '../slurm/queue.ts';
import { isLive } from '../slurm/queue.ts';
import { resumePhase } from '../slurm/sbatchArguments.ts';
import { isSpent, triesOf } from './tries.ts';

/* How a run stands, by phase and task, from its files, its attempts and the queue. Pure. */

/**
 * `done`: its file is there. `running`, `queued`: it has a job. `failed`: it was tried as often as it may be. `missing`:
 * nothing of all that; resuming the run submits it.
 */
export type TaskState = 'done' | 'running' | 'queued' | 'failed' | 'missing';

export interface TaskStatus {
  readonly index: number;
  readonly state: TaskState;
  /** Of the run's present round. */
  readonly failures: number;
  /** The task's job in the queue, `12_3`. */
  readonly job?: string;
  readonly node?: string;
  /** Why it waits, in Slurm's word. */
  readonly reason?: string;
  /** Of a shard under way: samples finished, and all of them. */
  readonly samples?: { readonly done: number; readonly total: number };
}

export interface PhaseStatus {
  readonly name: string;
  readonly tasks: readonly TaskStatus[];
}

/** `stopped`: something is missing that has no job, so that the run does not end by itself. */
export type RunState = 'done' | 'running' | 'queued' | 'stopped' | 'failed' | 'cancelled';

export interface RunStatus {
  readonly state: RunState;
  readonly phases: readonly PhaseStatus[];
  /** The job that submits again what is lost, once all others have ended. */
  readonly resume?: Pick<QueuedTask, 'id' | 'state' | 'reason'>;
}

/** What is known of a run at one time. */
export interface Known {
  readonly done: DoneTasks;
  readonly attempts: readonly KeptAttempt[];
  /** Read before the files were looked at, so that what has ended since is not missed. */
  readonly queue: readonly QueuedTask[];
  readonly state: ClusterState;
}

const running = new Set(['RUNNING', 'COMPLETING', 'CONFIGURING', 'SUSPENDED', 'STAGE_OUT', 'SIGNALING']);

/** Groups by `phase-index`. */
function byTask<Item extends { readonly phase: string; readonly index: number }>(
  items: readonly Item[],
): ReadonlyMap<string, readonly Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const key = `${item.phase}-${item.index}`;
    groups.set(key, [...(groups.get(key) ?? []), item]);
  }
  return groups;
}

/** How a run stands. */
export function runStatus({ phases }: ClusterPlan, { done, attempts, queue, state }: Known): RunStatus {
  const attemptsAt = byTask(attempts);
  const jobsOf = byTask(queue.filter(isLive));
  const submittedFor = (phase: string, task: number) =>
    state.submitted.filter((each) => each.phase === phase && each.indices.includes(task - each.offset));
  const seen = phases.map(({ name, tasks }): PhaseStatus => {
    const status = tasks.map((_, index): TaskStatus => {
      const key = `${name}-${index}`;
      const jobs = jobsOf.get(key) ?? [];
      // Of two jobs for a task, which a person may have submitted, one that runs says more.
      const job = jobs.find((each) => running.has(each.state)) ?? jobs[0];
      const past = { attempts: attemptsAt.get(key) ?? [], submitted: submittedFor(name, index), round: state.round };
      const tries = triesOf({ ...past, live: job !== undefined });
      const known = { index, failures: tries.failures };
      if (done.get(name)![index] === true) return { ...known, state: 'done' };
      if (job === undefined) return { ...known, state: isSpent(tries) ? 'failed' : 'missing' };
      const where = { job: job.id, ...(job.node === '' ? {} : { node: job.node }) };
      if (running.has(job.state)) return { ...known, ...where, state: 'running' };
      return { ...known, ...where, state: 'queued', reason: job.reason };
    });
    return { name, tasks: status };
  });
  const resume = resumeJobOf(queue);
  const standing = { state: stateOf(seen, done, state, resume !== undefined), phases: seen };
  if (resume === undefined) return standing;
  const { id, state: jobState, reason } = resume;
  return { ...standing, resume: { id, state: jobState, reason } };
}

/** The job that is to submit what is lost, a waiting one before one at work. */
function resumeJobOf(queue: readonly QueuedTask[]): QueuedTask | undefined {
  const jobs = queue.filter((each) => each.phase === resumePhase && isLive(each));
  return jobs.find(({ state }) => state === 'PENDING') ?? jobs[0];
}

function stateOf(
  phases: readonly PhaseStatus[],
  done: DoneTasks,
  { cancelled }: ClusterState,
  resumes: boolean,
): RunState {
  if (phases.every(({ name }) => isDone(done, name))) return 'done';
  const states = new Set(phases.flatMap(({ tasks }) => tasks.map(({ state }) => state)));
  if (states.has('failed')) return 'failed';
  if (states.has('running')) return 'running';
  if (cancelled) return 'cancelled';
  return states.has('missing') && !resumes ? 'stopped' : 'queued';
}
