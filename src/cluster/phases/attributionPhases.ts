import { join } from 'node:path';
import { partialName } from '../../files/reading/partialName.ts';
import type { ClusterPhase, Proof } from '../run/clusterRun.ts';

/* The phases by which a record comes from a cluster: base and SFT measured side by side, attribution, merging. Pure. */

export interface AttributionWork {
  /** Options of `attribute` as the user gave them, without outputs and with a size of memory. */
  readonly options: readonly string[];
  /** Absolute. */
  readonly record: string;
  /** Where every target's scores go, absolute, where they are wanted. */
  readonly scores?: string | undefined;
  readonly overwrite: boolean;
  /** Where partials go, absolute: a folder of this run's own. */
  readonly partials: string;
  readonly shards: number;
  /** What has the record's name now. */
  readonly before: string | undefined;
}

/** The phases, in their order. */
export function attributionPhases(work: AttributionWork): readonly ClusterPhase[] {
  const { record, overwrite, partials, shards } = work;
  const replace = overwrite ? ['--overwrite'] : [];
  const scores = work.scores === undefined ? [] : [`--scores=${work.scores}`];
  const sharded = (phase: 'base' | 'sft' | 'attribution', after: readonly string[]): ClusterPhase => ({
    name: phase,
    after,
    model: true,
    command: [
      ...['attribute', ...work.options, ...replace, `--record=${record}`, ...scores],
      ...[`--phase=${phase}`, `--partials=${partials}`],
    ],
    tasks: Array.from({ length: shards }, (_, shard) => ({
      words: [`--shard=${shard}/${shards}`],
      proof: { path: join(partials, partialName({ phase, index: shard, count: shards })) },
    })),
  });
  const proof: Proof = { path: record, before: work.before };
  return [
    sharded('base', []),
    sharded('sft', []),
    sharded('attribution', ['base', 'sft']),
    {
      name: 'merge',
      after: ['attribution'],
      model: false,
      command: ['merge', ...replace, `--record=${record}`, ...scores, '--', partials],
      tasks: [{ words: [], proof }],
    },
  ];
}
