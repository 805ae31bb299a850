import { parseJobName } from './jobName.ts';

/* What `squeue` says of a run's tasks. */

/** The fields that are asked for. The reason is last, since it may hold anything. */
export const queueFormat = '%i|%T|%N|%j|%r';

/** One task of a job array. */
export interface QueuedTask {
  /** `12_3`. */
  readonly id: string;
  /** The array's: `12`. */
  readonly job: string;
  readonly phase: string;
  /** Of the phase. */
  readonly index: number;
  /** In Slurm's word: `PENDING`, `RUNNING`, `COMPLETED`, … */
  readonly state: string;
  /** Where it runs or ran; empty before. */
  readonly node: string;
  readonly reason: string;
}

/** States from which a task does not come back by itself. */
const ended = new Set([
  ...['BOOT_FAIL', 'CANCELLED', 'COMPLETED', 'DEADLINE', 'FAILED', 'LAUNCH_FAILED', 'NODE_FAIL', 'OUT_OF_MEMORY'],
  ...['PREEMPTED', 'RECONFIG_FAIL', 'REVOKED', 'TIMEOUT'],
]);

/** Whether the task will still do something: it runs, or waits for what can come. */
export function isLive({ state, reason }: QueuedTask): boolean {
  return !ended.has(state) && reason !== 'DependencyNeverSatisfied';
}

/** Whether it is in the queue at all, for good or not: what cancelling must end. */
export function isQueued({ state }: QueuedTask): boolean {
  return !ended.has(state);
}

/**
 * The tasks of one run in the answer of `squeue -h -r -o FORMAT`.
 *
 * @param run the run's id; lines of others' jobs are left out
 */
export function parseQueue(text: string, run: string): QueuedTask[] {
  return text.split('\n').flatMap((line) => {
    const [id, state, node, name, ...reason] = line.split('|');
    const said = name === undefined ? undefined : parseJobName(name);
    const task = /^(\d+)_(\d+)$/.exec(id ?? '');
    if (said === undefined || said.run !== run || task === null) return [];
    return [
      {
        id: id!,
        job: task[1]!,
        phase: said.phase,
        index: said.offset + Number(task[2]),
        state: state!,
        node: node!,
        reason: reason.join('|'),
      },
    ];
  });
}
