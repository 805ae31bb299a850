import { join } from 'node:path';
import { InputError } from '../../errors.ts';
import { writeFileWhole } from '../../files/writing/stagedFile.ts';
import { isLive, type QueuedTask } from '../slurm/queue.ts';
import { clearArguments, clearPhase, scriptPath } from '../slurm/sbatchArguments.ts';
import { submit } from '../slurm/slurm.ts';
import { readAttempts } from './attempts.ts';
import type { ClusterPlan, ClusterRun } from './clusterRun.ts';
import { clearScriptOf } from './createRun.ts';

/*
 * Has the local copies of a run's checkpoints deleted once it does not go on: by one short job on each node that worked on it,
 * since no job there knows that it was the last.
 */

const option = '--stage=';

/** Where a run's tasks keep local copies, as `--stage` names it; undefined where they keep none. */
export function stageOf({ phases }: Pick<ClusterPlan, 'phases'>): string | undefined {
  const words = phases.flatMap(({ command, tasks }) => [...command, ...tasks[0]!.words]);
  return words.find((word) => word.startsWith(option))?.slice(option.length);
}

/**
 * Submits those jobs, unless they are in the queue.
 *
 * @returns why Slurm took one of them not; undefined where it did, or nothing is to be deleted
 * @throws RunError when Slurm does not answer; InputError for a damaged run
 */
export async function clearCopies(run: ClusterRun, queue: readonly QueuedTask[]): Promise<string | undefined> {
  if (stageOf(run.plan) === undefined || queue.some((each) => each.phase === clearPhase && isLive(each)))
    return undefined;
  const attempts = await readAttempts(run.folder);
  const nodes = new Set(attempts.map(({ attempt }) => attempt.node).filter((node) => /^[\w.-]+$/.test(node)));
  if (nodes.size === 0) return undefined;
  await writeFileWhole(join(run.folder, scriptPath(clearPhase)), Buffer.from(clearScriptOf(run)), true);
  let refused: string | undefined;
  for (const node of nodes) {
    try {
      await submit(clearArguments(run.plan.id, node, run.plan.settings), run.folder);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      refused = error.message;
    }
  }
  return refused;
}
