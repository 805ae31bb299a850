import { setTimeout } from 'node:timers/promises';
import { RunError } from '../../errors.ts';
import { isQueued } from '../slurm/queue.ts';
import { cancelJobs, queueOf } from '../slurm/slurm.ts';
import { jobNamesOf } from '../status/lookAt.ts';
import { clearCopies } from './clearCopies.ts';
import type { ClusterRun } from './clusterRun.ts';
import { readState, writeState } from './clusterState.ts';
import { holding } from './submitMissing.ts';

/** A job that ignores SIGTERM is killed half a minute later; a node that does not answer takes longer. */
const patience = 180_000;

/**
 * Cancels all jobs of a run and waits until none is left. What is finished is kept; the run can be resumed. Where its nodes keep
 * local copies, short jobs are submitted that delete those.
 *
 * @param remember the user wants it so: nothing is queued again
 * @returns how many tasks had a job
 * @throws RunError when jobs stay
 */
export async function cancelRun(run: ClusterRun, remember: boolean): Promise<number> {
  return holding(run, async () => {
    // Before the jobs end, so that none of them queues itself again.
    if (remember) await writeState(run.folder, { ...(await readState(run.folder)), cancelled: true });
    const names = jobNamesOf(run);
    const queued = async () => (await queueOf(run.plan.id, names)).filter(isQueued);
    const found = await queued();
    const start = performance.now();
    for (let left = found; left.length > 0; left = await queued()) {
      await cancelJobs(left.map(({ id }) => id));
      if (performance.now() - start > patience) {
        throw new RunError(
          `Slurm still has ${left.length} of the run's tasks, the first ${left[0]!.id}: look with squeue.`,
        );
      }
      await setTimeout(300);
    }
    await clearCopies(run, []);
    return found.length;
  });
}
