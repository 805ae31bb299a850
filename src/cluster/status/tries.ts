import type { KeptAttempt } from '../run/attempts.ts';
import type { ClusterState } from '../run/clusterState.ts';

/* How often a task may be tried. Pure. */

/** A task that failed so often ends the run. */
export const mostFailures = 3;
/** A task whose time ran out so often, or that was stopped by others so often, ends it too: it would go round for ever. */
const mostCutOff = 20;

export interface TaskTries {
  readonly failures: number;
  readonly cutOff: number;
}

/** All that is known of a task. */
export interface TaskPast {
  /** Attempts at it, in their order. */
  readonly attempts: readonly KeptAttempt[];
  /** What was submitted for it. */
  readonly submitted: ClusterState['submitted'];
  readonly round: number;
  /** It has a job that runs or waits. */
  readonly live: boolean;
}

/**
 * Counts what failed in a round. An attempt that never said how it ended, and has another after it or no job any more, was
 * lost: killed, out of memory, or on a node that died. So was a job that waited for nothing and never began an attempt.
 */
export function triesOf({ attempts, submitted, round, live }: TaskPast): TaskTries {
  const counted = attempts.filter(({ attempt }) => attempt.round === round);
  let failures = 0;
  let cutOff = 0;
  for (const [at, { attempt }] of counted.entries()) {
    const { outcome } = attempt;
    const lost = outcome === undefined && (at + 1 < counted.length || !live);
    if (outcome === 'failed' || lost) failures++;
    if (outcome === 'limit' || outcome === 'stopped') cutOff++;
  }
  const jobs = submitted.filter((each) => each.round === round && !each.waits);
  const begun = new Set(counted.map(({ attempt }) => attempt.array));
  const unbegun = jobs.filter(({ job }, at) => !begun.has(job) && !(live && at === jobs.length - 1));
  return { failures: failures + unbegun.length, cutOff };
}

/** How many jobs began the task in a round: one that was queued again is the same job. */
export function jobsBegun({ attempts, round }: Pick<TaskPast, 'attempts' | 'round'>): number {
  return new Set(attempts.filter(({ attempt }) => attempt.round === round).map(({ attempt }) => attempt.array)).size;
}

/** Whether no further try is worth it. */
export function isSpent({ failures, cutOff }: TaskTries): boolean {
  return failures >= mostFailures || cutOff >= mostCutOff;
}
