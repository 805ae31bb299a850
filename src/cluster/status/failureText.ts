import { join } from 'node:path';
import { openInput } from '../../files/reading/openInput.ts';
import { readAt } from '../../files/reading/readAt.ts';
import { shortened } from '../../files/reading/shown.ts';
import type { ClusterRun } from '../run/clusterRun.ts';
import { logPath } from '../slurm/sbatchArguments.ts';
import type { RunStatus, TaskStatus } from './runStatus.ts';
import { mostFailures } from './tries.ts';

/* What went wrong in a run, with the last lines of the log that says so. */

const kind = { what: 'a log', maxBytes: Number.POSITIVE_INFINITY };
const lastBytes = 4096;
const lastLines = 8;

/** A task that failed. */
export interface FailedTask {
  readonly phase: string;
  readonly task: TaskStatus;
}

/** The tasks that were tried as often as they may be. */
export function failedTasks({ phases }: RunStatus): readonly FailedTask[] {
  return phases.flatMap(({ name, tasks }) =>
    tasks.filter(({ state }) => state === 'failed').map((task) => ({ phase: name, task })),
  );
}

/** Where a task's log lies, absolute. */
export function logOf({ folder, plan }: ClusterRun, phase: string, index: number): string {
  const local = index % plan.arrayLimit;
  return join(folder, logPath(phase, index - local, local));
}

/** The last lines of a log that are not empty; none where it cannot be read. */
export async function lastLinesOf(path: string, most: number = lastLines): Promise<readonly string[]> {
  try {
    // It may grow meanwhile.
    const { handle, identity } = await openInput(path, kind);
    const from = Math.max(0, identity.bytes - lastBytes);
    const bytes = await readAt(handle, from, lastBytes).finally(() => handle.close());
    const text = Buffer.from(bytes).toString();
    const lines = text.split(/[\r\n]+/).filter((line) => line.trim() !== '');
    return lines.slice(-most).map((line) => shortened(line, 300));
  } catch {
    return [];
  }
}

/** One sentence or two on the first task that failed, and what its log ends with. */
export async function failureText(run: ClusterRun, status: RunStatus): Promise<string> {
  const failed = failedTasks(status);
  const first = failed[0];
  if (first === undefined) return 'The run failed.';
  const { phase, task } = first;
  const log = logOf(run, phase, task.index);
  const lines = await lastLinesOf(log);
  const others = failed.length === 1 ? '' : ` (and ${failed.length - 1} others)`;
  const tries = task.failures >= mostFailures ? `failed ${task.failures} times` : 'was cut off too often';
  const end = lines.length === 0 ? '' : ` Its log ends: ${lines.join(' / ')}`;
  return `Task ${task.index} of ${phase}${others} ${tries}, see ${log}.${end}`;
}
