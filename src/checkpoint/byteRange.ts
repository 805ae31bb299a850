import type { Checkpoint, TensorEntry } from './checkpoint.ts';

/** A run of bytes in a file. */
export interface ByteRange {
  readonly path: string;
  readonly begin: number;
  readonly byteLength: number;
}

/** Where a tensor's bytes lie. */
export function byteRange({ shards }: Pick<Checkpoint, 'shards'>, entry: TensorEntry): ByteRange {
  return { path: shards[entry.shard]!.path, begin: entry.begin, byteLength: entry.byteLength };
}
