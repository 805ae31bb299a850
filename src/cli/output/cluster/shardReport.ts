import type { ShardOutcome } from '../../../run/shards/shardRun.ts';
import { printable } from '../printable.ts';

/* What is said when a shard of a run is worked off. */

/** A line for each partial, and why attribution waits, if it does. */
export function shardText({ shard, parts, waits }: ShardOutcome): string {
  const lines = parts.map(({ path, samples, before }) => {
    const count = `${samples} sample${samples === 1 ? '' : 's'}`;
    return `${printable(path)}: ${count}${before ? ', there already' : ''}`;
  });
  return [
    `shard ${shard.index}/${shard.count}`,
    ...lines,
    ...(waits === undefined ? [] : [`Not attributed yet. ${printable(waits)}`]),
  ].join('\n');
}
