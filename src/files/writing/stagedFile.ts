import { createHash } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncFolder } from './syncFolder.ts';
import { writeFault } from './writeFault.ts';

/* Writes a file under a temporary name first, so that its own name only ever belongs to a complete file. */

/** A complete, fsynced file under a temporary name, waiting to take its own. */
export interface StagedFile {
  readonly sha256: string;
  /** Gives the file its name, replacing what had it, and makes that durable. */
  publish(): Promise<void>;
  discard(): Promise<void>;
}

/** Where {@link stageFile} writes first: one fixed name, so that a later try overwrites a leftover. */
export function stagedName(path: string): string {
  return `${path}.staged`;
}

/**
 * Writes a file beside `path` so that `path` itself is only ever absent, old or complete.
 *
 * @throws InputError when the place cannot be written or the disk is full; nothing is left then
 */
export async function stageFile(path: string, chunks: Iterable<Uint8Array>): Promise<StagedFile> {
  const staged = stagedName(path);
  const hash = createHash('sha256');
  const discard = () => rm(staged, { force: true });
  try {
    const handle = await open(staged, 'w');
    try {
      for (const chunk of chunks) {
        hash.update(chunk);
        await handle.writeFile(chunk);
      }
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    await discard().catch(() => undefined);
    throw writeFault(error, path);
  }
  return {
    sha256: hash.digest('hex'),
    async publish() {
      try {
        await rename(staged, path);
      } catch (error) {
        throw writeFault(error, path);
      }
      await syncFolder(dirname(path));
    },
    discard,
  };
}
