import { randomBytes } from 'node:crypto';
import { errorCode } from '../reading/fileFault.ts';
import { release, reserveAside } from '../writing/aside.ts';
import { closeFile, createFile, removeTreeNow, rename, syncFile, unlink, writeAll } from '../writing/diskOperations.ts';
import { linkUnlessTaken } from '../writing/exclusive.ts';
import { held, type LockContent } from './lockContent.ts';
import { thisProcess } from './owner.ts';

/* Makes a lock's file so that it appears complete, or not at all. */

export interface LockOptions {
  /** What it guards, for sentences: `The record "x"`. */
  readonly what: string;
  /** Who holds it, for sentences: "a run". */
  readonly work: string;
  /** Held throughout long work: others are told at once instead of waiting. */
  readonly long: boolean;
}

/** A lock's content, written under a name of its own when it is first needed, and given the lock's in one step. */
export class PreparedLock {
  readonly token = randomBytes(8).toString('hex');
  readonly #path: string;
  readonly #options: LockOptions;
  #aside: string | undefined;
  #taken = false;

  constructor(path: string, options: LockOptions) {
    this.#path = path;
    this.#options = options;
  }

  /** Makes the lock where there is none. @returns whether nobody was quicker */
  async make(): Promise<boolean> {
    const aside = await this.#write();
    held.add(this.token);
    const made = await linkUnlessTaken(aside, this.#path);
    // Without second names a lock is seen before its content is there: readers are patient with it.
    this.#taken = made === 'unsupported' ? this.#makeInPlace() : made === 'made';
    return this.#taken;
  }

  /** Replaces a lock; the caller must be the only one who may. */
  async replace(): Promise<void> {
    const aside = await this.#write();
    held.add(this.token);
    await rename(aside, this.#path);
    this.#taken = true;
  }

  /** Takes the name of its own away. */
  async clear(): Promise<void> {
    if (!this.#taken) held.delete(this.token);
    if (this.#aside === undefined) return;
    await unlink(this.#aside).catch(() => undefined);
    release(this.#aside);
  }

  async #write(): Promise<string> {
    if (this.#aside !== undefined) return this.#aside;
    this.#aside = reserveAside(this.#path, 'staging');
    const descriptor = createFile(this.#aside);
    try {
      writeAll(descriptor, this.#content(), 0);
      // One that a power cut emptied would be nobody's, and in everybody's way.
      await syncFile(descriptor);
    } finally {
      closeFile(descriptor);
    }
    return this.#aside;
  }

  #makeInPlace(): boolean {
    let descriptor: number;
    try {
      descriptor = createFile(this.#path);
    } catch (error) {
      if (errorCode(error) === 'EEXIST') return false;
      throw error;
    }
    try {
      writeAll(descriptor, this.#content(), 0);
    } catch (error) {
      removeTreeNow(this.#path);
      throw error;
    } finally {
      closeFile(descriptor);
    }
    return true;
  }

  #content(): Buffer {
    const { work, long } = this.#options;
    const since = new Date().toISOString();
    const content: LockContent = { program: 'rejuvenate', token: this.token, work, long, since, ...thisProcess() };
    return Buffer.from(`${JSON.stringify(content)}\n`);
  }
}
