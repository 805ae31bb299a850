import { type ClusterRun, holdsRun, readRun } from '../../cluster/run/clusterRun.ts';
import { AnotherRun } from '../../cluster/run/createRun.ts';
import { doneTasks, isDone } from '../../cluster/run/proofs.ts';

/* Which folder a run on a cluster gets where nobody names one. Knows no VS Code. */

async function isOver(run: ClusterRun): Promise<boolean> {
  const done = await doneTasks(run);
  return run.plan.phases.every(({ name }) => isDone(done, name));
}

/**
 * Submits a run into `STEM.slurm`, or, where that holds one that is over or another one, into `STEM-2.slurm` and so on: the same
 * work that is not over is gone on with.
 *
 * @param submit into a folder, absolute
 * @throws what `submit` throws
 */
export async function inFreeFolder<Result>(stem: string, submit: (folder: string) => Promise<Result>): Promise<Result> {
  for (let turn = 1; ; turn++) {
    const folder = `${stem}${turn === 1 ? '' : `-${turn}`}.slurm`;
    if ((await holdsRun(folder)) && (await isOver(await readRun(folder)))) continue;
    try {
      return await submit(folder);
    } catch (error) {
      if (!(error instanceof AnotherRun)) throw error;
    }
  }
}
