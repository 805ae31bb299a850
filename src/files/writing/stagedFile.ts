import { createHash } from 'node:crypto';
import { lstat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errorCode } from '../reading/fileFault.ts';
import { asidesOf, release, reserveAside } from './aside.ts';
import {
  closeFile,
  createFile,
  rename,
  setMode,
  syncFile,
  truncateFile,
  unlink,
  writeAll,
  writeAllSoon,
} from './diskOperations.ts';
import { renameUnlessTaken } from './exclusive.ts';
import { syncFolder } from './syncFolder.ts';
import { writeFault } from './writeFault.ts';

/* Writes a file under a temporary name first, so that its own name only ever belongs to a complete file. */

/**
 * A file written beside the place where it belongs, under a name that cannot be foretold, so that the place itself is
 * only ever empty, old or complete.
 */
export class StagedFile {
  /** The place where it belongs. */
  readonly target: string;
  readonly #staged: string;
  readonly #descriptor: number;
  #open = true;
  #named = false;

  private constructor(target: string, staged: string, descriptor: number) {
    this.target = target;
    this.#staged = staged;
    this.#descriptor = descriptor;
  }

  /**
   * Makes the file, with the permissions of one that it will replace.
   *
   * @throws InputError when it cannot be made
   */
  static async create(target: string): Promise<StagedFile> {
    const old = await lstat(target).catch(() => undefined);
    const staged = reserveAside(target, 'staging');
    try {
      const file = new StagedFile(target, staged, createFile(staged));
      try {
        if (old?.isFile()) setMode(file.#descriptor, old.mode & 0o777);
        return file;
      } catch (error) {
        await file.discard();
        throw error;
      }
    } catch (error) {
      release(staged);
      throw writeFault(error, target);
    }
  }

  /** Writes at once. @throws InputError when the disk is full or fails */
  write(bytes: Uint8Array, position: number): void {
    try {
      writeAll(this.#descriptor, bytes, position);
    } catch (error) {
      throw writeFault(error, this.target);
    }
  }

  /** Writes off the JavaScript thread. @throws InputError when the disk is full or fails */
  async writeSoon(bytes: Uint8Array, position: number): Promise<void> {
    try {
      await writeAllSoon(this.#descriptor, bytes, position);
    } catch (error) {
      throw writeFault(error, this.target);
    }
  }

  /** Gives the file a length; what was not written reads as zero. @throws InputError when the disk is full or fails */
  resize(bytes: number): void {
    try {
      truncateFile(this.#descriptor, bytes);
    } catch (error) {
      throw writeFault(error, this.target);
    }
  }

  /** Makes the content durable and closes the file. @throws InputError when the disk is full or fails */
  async finish(): Promise<void> {
    if (!this.#open) return;
    try {
      await syncFile(this.#descriptor);
      this.#open = false;
      closeFile(this.#descriptor);
    } catch (error) {
      throw writeFault(error, this.target);
    }
  }

  /**
   * Gives the file its name, and makes that durable.
   *
   * @param replace what has the name (a link itself, not what it leads to) or leave it
   * @throws InputError when that fails, or something has the name that may not be replaced; it may be discarded then
   */
  async publish(replace: boolean): Promise<void> {
    await this.finish();
    try {
      await (replace ? rename : renameUnlessTaken)(this.#staged, this.target);
    } catch (error) {
      throw writeFault(error, this.target);
    }
    this.#named = true;
    release(this.#staged);
    await syncFolder(dirname(this.target));
  }

  /** Deletes the file unless it has got its name. What cannot be deleted is a leftover for the next time. */
  async discard(): Promise<void> {
    if (this.#open) {
      this.#open = false;
      closeFile(this.#descriptor);
    }
    if (this.#named) return;
    await unlink(this.#staged).catch(() => undefined);
    release(this.#staged);
  }
}

/** A complete, durable file that waits to be given its name, and the SHA-256 of its content in hexadecimal. */
export interface FinishedFile {
  readonly file: StagedFile;
  readonly sha256: string;
}

/**
 * Writes a file beside `target`; {@link StagedFile.publish} gives it its name.
 *
 * @throws InputError when the place cannot be written or the disk is full; nothing is left then
 */
export async function stageFile(target: string, chunks: Iterable<Uint8Array>): Promise<FinishedFile> {
  const hash = createHash('sha256');
  const file = await StagedFile.create(target);
  try {
    let position = 0;
    for (const chunk of chunks) {
      hash.update(chunk);
      await file.writeSoon(chunk, position);
      position += chunk.length;
    }
    await file.finish();
  } catch (error) {
    await file.discard();
    throw error;
  }
  return { file, sha256: hash.digest('hex') };
}

/** Writes a whole file in one step: it is old or complete at any time. As {@link StagedFile.publish}. */
export async function writeFileWhole(target: string, bytes: Uint8Array, replace: boolean): Promise<void> {
  const { file } = await stageFile(target, [bytes]);
  try {
    await file.publish(replace);
  } finally {
    await file.discard();
  }
}

/**
 * Deletes what killed processes left of this file. The caller must be the only one that writes it.
 *
 * @throws InputError when a leftover cannot be deleted
 */
export async function removeStagedFiles(target: string): Promise<void> {
  for (const { path, abandoned } of await asidesOf(target, 'file')) {
    if (!abandoned) continue;
    try {
      await unlink(path);
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw writeFault(error, path);
    }
  }
}
