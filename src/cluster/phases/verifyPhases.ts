import { join } from 'node:path';
import { partialName } from '../../files/reading/partialName.ts';
import type { ClusterPhase } from '../run/clusterRun.ts';
import { singlePhase } from './singlePhase.ts';

/* The phases by which checkpoints are measured on a cluster: the samples in shards, then all put together. Pure. */

export interface VerifyWork {
  /** Options of `verify` that all tasks share. */
  readonly options: readonly string[];
  /** Options of the last task alone. */
  readonly last: readonly string[];
  /** Record and checkpoints, as the user gave them. */
  readonly operands: readonly string[];
  /** How many checkpoints. */
  readonly checkpoints: number;
  /** Absolute. */
  readonly partials: string;
  readonly shards: number;
}

export function verifyPhases(work: VerifyWork): readonly ClusterPhase[] {
  const { options, last, operands, checkpoints, partials, shards } = work;
  const command = ['verify', ...options, `--partials=${partials}`];
  // A shard measures one checkpoint after the other, each into a folder of its number: the last one's file proves them all.
  const folder = join(partials, String(checkpoints - 1));
  return [
    {
      ...{ name: 'measure', after: [], model: true, command },
      tasks: Array.from({ length: shards }, (_, shard) => ({
        words: [`--shard=${shard}/${shards}`, '--', ...operands],
        proof: { path: join(folder, partialName({ phase: 'verify', index: shard, count: shards })) },
      })),
    },
    singlePhase({
      name: 'verify',
      after: ['measure'],
      model: false,
      command: [...command, ...last, '--', ...operands],
    }),
  ];
}
