import { dirname } from 'node:path';
import { shardStates } from '../../run/shards/shardStates.ts';
import type { ClusterRun } from '../run/clusterRun.ts';
import { proofPath } from '../run/proofs.ts';
import type { RunStatus } from './runStatus.ts';

/* How far the shards of a run are inside their tasks. */

/**
 * The status with the samples of each shard that is begun and not done.
 *
 * @throws InputError when a folder of partials cannot be read
 */
export async function withSamples(run: ClusterRun, status: RunStatus): Promise<RunStatus> {
  const folders = new Set(
    run.plan.phases
      .filter(({ model }) => model)
      .flatMap(({ tasks }) => dirname(proofPath(run.folder, tasks[0]!.proof))),
  );
  const shards = (await Promise.all([...folders].map((folder) => shardStates(folder)))).flat();
  const phases = status.phases.map(({ name, tasks }) => ({
    name,
    tasks: tasks.map((task) => {
      const shard = shards.find(({ phase, index }) => phase === name && index === task.index);
      if (shard === undefined || task.state === 'done') return task;
      return { ...task, samples: { done: shard.done, total: shard.total } };
    }),
  }));
  return { ...status, phases };
}
