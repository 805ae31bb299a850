import { join } from 'node:path';
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
  /** What its manifest is now, where there is a checkpoint already. */
  readonly before: string | undefined;
}

/** What says that a checkpoint is whole: its manifest appears with the folder. */
export const manifestOf = (out: string) => join(out, 'rejuvenation.json');

export function commitPhases({ record, out, options, after, before }: CommitWork): readonly ClusterPhase[] {
  const command = ['commit', ...options, `--out=${out}`, '--', record];
  return [singlePhase({ name: 'commit', command, after, model: false, makes: { path: manifestOf(out), before } })];
}
