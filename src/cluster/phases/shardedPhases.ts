import type { ClusterPhase } from '../run/clusterRun.ts';
import { singlePhase } from './singlePhase.ts';

/* The phases of a command that is cut into shards by itself and joins what they left: `readiness`, `sweep`. Pure. */

export interface ShardedWork {
  /** Of the command: `readiness`. */
  readonly command: string;
  /** What its shards do, in a word: the phase's name. */
  readonly phase: string;
  /** Options that all tasks share, without outputs. */
  readonly options: readonly string[];
  /** Options of the last task alone. */
  readonly last: readonly string[];
  readonly operands: readonly string[];
  /** Absolute: a folder of this run's own. */
  readonly partials: string;
  readonly shards: number;
}

/** A shard leaves several partials; that its command ended well is proof that all are there. */
export function shardedPhases(work: ShardedWork): readonly ClusterPhase[] {
  const { command: name, phase, options, last, operands, partials, shards } = work;
  const command = [name, ...options, `--partials=${partials}`];
  return [
    {
      ...{ name: phase, after: [], model: true, command },
      tasks: Array.from({ length: shards }, (_, shard) => ({
        words: [`--shard=${shard}/${shards}`, '--', ...operands],
        proof: { path: `done/${phase}-${shard}`, marker: true },
      })),
    },
    singlePhase({ name, after: [phase], model: false, command: [...command, ...last, '--', ...operands] }),
  ];
}
