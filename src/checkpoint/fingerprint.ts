import { stat } from 'node:fs/promises';
import type { Checkpoint } from './checkpoint.ts';
import { readFault } from './fileFault.ts';

/** What tells cheaply whether a shard is still the file it was. */
export interface ShardFingerprint {
  readonly name: string;
  readonly byteLength: number;
  /** Time of the last change, milliseconds since 1970. */
  readonly mtimeMs: number;
}

/** @throws InputError when a shard is gone or cannot be read */
export async function fingerprint(checkpoint: Checkpoint): Promise<readonly ShardFingerprint[]> {
  return Promise.all(
    checkpoint.shards.map(async ({ name, path }) => {
      try {
        const { size, mtimeMs } = await stat(path);
        return { name, byteLength: size, mtimeMs };
      } catch (error) {
        throw readFault(error, path);
      }
    }),
  );
}
