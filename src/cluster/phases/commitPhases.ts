import { join } from 'node:path';
import { partialName } from '../../files/reading/partialName.ts';
import type { ClusterPhase } from '../run/clusterRun.ts';
import { singlePhase } from './singlePhase.ts';

/* The phases by which a checkpoint is written on a cluster. Pure. */

export interface CommitWork {
  /** Absolute. */
  readonly record: string;
  /** Absolute. */
  readonly out: string;
  /** Options of `commit` as words: `--alpha=…`, `--dtype=…`, `--overwrite`. */
  readonly options: readonly string[];
  readonly after: readonly string[];
  /** Tasks that write weight files. */
  readonly shards: number;
  /** Where they write them: a folder of this run's own, on the file system of `out`; absolute. */
  readonly partials: string;
  /** What its manifest is now, where there is a checkpoint already. */
  readonly before: string | undefined;
}

/** What says that a checkpoint is whole: its manifest appears with the folder. */
export const manifestOf = (out: string) => join(out, 'rejuvenation.json');

/**
 * Several tasks write the weight files, and one takes them, writes the rest, checks all of it and gives the folder its name;
 * or one task does everything.
 */
export function commitPhases(work: CommitWork): readonly ClusterPhase[] {
  const { record, out, options, after, before, shards, partials } = work;
  const given = ['commit', ...options, `--out=${out}`];
  const makes = { path: manifestOf(out), before };
  const common = { after, model: false };
  if (shards === 1) return [singlePhase({ ...common, name: 'commit', command: [...given, '--', record], makes })];
  const command = [...given, `--partials=${partials}`];
  return [
    {
      ...{ ...common, name: 'commit', command },
      tasks: Array.from({ length: shards }, (_, shard) => ({
        words: [`--shard=${shard}/${shards}`, '--', record],
        proof: { path: join(partials, partialName({ phase: 'commit', index: shard, count: shards })) },
      })),
    },
    singlePhase({ name: 'check', after: ['commit'], model: false, command: [...command, '--', record], makes }),
  ];
}
