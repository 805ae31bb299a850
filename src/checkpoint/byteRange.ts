import type { FileIdentity } from '../files/reading/fileIdentity.ts';
import type { Checkpoint, TensorEntry } from './checkpoint.ts';

/** A run of bytes in a file. */
export interface ByteRange {
  readonly path: string;
  readonly identity: FileIdentity;
  readonly begin: number;
  readonly byteLength: number;
}

/** Where a tensor's bytes lie. */
export function byteRange({ shards }: Pick<Checkpoint, 'shards'>, entry: TensorEntry): ByteRange {
  const { path, identity } = shards[entry.shard]!;
  return { path, identity, begin: entry.begin, byteLength: entry.byteLength };
}
