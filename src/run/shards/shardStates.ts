import { partialStem } from '../../files/reading/partialName.ts';
import { skimShard } from './file/shardFile.ts';
import { shardFiles } from './shardFolder.ts';
import type { ShardPlace } from './shardPlace.ts';

/* How far the shards of a run are, for whoever watches them. */

export interface ShardState extends ShardPlace {
  /** Samples finished, by whichever attempt is furthest. */
  readonly done: number;
  /** Samples that the shard has; in attribution those without targets count as well, and are never done. */
  readonly total: number;
  readonly finished: boolean;
}

/**
 * Shards of which there is a file, in the order of their names. A finished one is told by its name alone.
 *
 * @throws InputError when the folder or a file in it cannot be read
 */
export async function shardStates(folder: string): Promise<readonly ShardState[]> {
  const states = new Map<string, ShardState>();
  for (const { path, place, attempt } of await shardFiles(folder)) {
    const stem = partialStem(place);
    const known = states.get(stem);
    if (known?.finished === true) continue;
    // What was just renamed or deleted is told by another file, or the next time.
    const found = await skimShard(path).catch(() => undefined);
    if (found === undefined) continue;
    const { header, samples } = found;
    const total = header.to - header.from;
    const finished = attempt === undefined;
    const done = finished ? total : Math.max(samples, known?.done ?? 0);
    states.set(stem, { ...place, done, total, finished });
  }
  return [...states.values()];
}
