import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { InputError } from '../../errors.ts';
import { escapeHidden } from '../reading/shown.ts';
import { unlink } from '../writing/diskOperations.ts';
import { removeStagedFiles } from '../writing/stagedFile.ts';
import { writeFault } from '../writing/writeFault.ts';
import { held, holderOf, type LockContent, look } from './lockContent.ts';
import { stateOf } from './owner.ts';
import { type LockOptions, PreparedLock } from './preparedLock.ts';

/*
 * A file that says who is writing its neighbour. It appears complete, by a link from a file of its own name, which of
 * several processes one alone is granted, on network file systems too. One whose process is known to be gone is taken
 * over: whoever wants to first takes a second lock, named after the stale one's token, looks again, and then replaces it
 * by renaming. No two can hold that second lock, and without it a stale lock is never touched, so no two take one over;
 * the second lock of somebody who is killed is itself a stale lock like any other.
 */

/** How long a short lock is waited for while it does not change hands, ms. */
const patience = 20_000;
/** Much longer than any lock's content takes to be written where locks cannot appear complete, ms. */
const unreadablePatience = 3_000;

/** Another process holds the lock. */
class HeldLock extends InputError {}

/** A lock that this process holds. */
export class Lock {
  readonly #path: string;
  readonly #token: string;

  private constructor(path: string, token: string) {
    this.#path = path;
    this.#token = token;
  }

  /**
   * Takes the lock. Another's short one is waited for; one left by a process that is no more is taken over.
   *
   * @param path of the lock, beside what it guards
   * @throws InputError at once when another holds it for long work, or when it does not become free; or when none can
   *   be made there
   */
  static async acquire(path: string, options: LockOptions): Promise<Lock> {
    try {
      const lock = new Lock(path, await acquire(path, options));
      try {
        await cleanBeside(path, lock.#token);
        return lock;
      } catch (error) {
        await lock.release();
        throw error;
      }
    } catch (error) {
      throw writeFault(error, path);
    }
  }

  /** As {@link Lock.acquire}, but where another holds it for long work there is none. */
  static async tryAcquire(path: string, options: LockOptions): Promise<Lock | undefined> {
    try {
      return await Lock.acquire(path, options);
    } catch (error) {
      if (error instanceof HeldLock) return undefined;
      throw error;
    }
  }

  /** As {@link Lock.acquire}, and gives the lock back when the work is done, or has failed. */
  static async during<Result>(path: string, options: LockOptions, work: () => Promise<Result>): Promise<Result> {
    const lock = await Lock.acquire(path, options);
    try {
      return await work();
    } finally {
      await lock.release();
    }
  }

  /** Gives it back. What cannot be deleted is stale as soon as this process ends. */
  async release(): Promise<void> {
    await release(this.#path, this.#token);
  }
}

/**
 * Says who is at long work behind a lock, before anything is done in vain.
 *
 * @throws InputError when somebody is
 */
export async function refuseLongLock(path: string, what: string): Promise<void> {
  const found = await look(path).catch(() => 'none' as const);
  if (typeof found === 'string' || !found.long || holderOf(found) === 'gone') return;
  throw heldBy(path, found, what);
}

async function release(path: string, token: string): Promise<void> {
  const found = await look(path).catch(() => 'none' as const);
  if (typeof found !== 'string' && found.token === token) await unlink(path).catch(() => undefined);
  held.delete(token);
}

async function acquire(path: string, options: LockOptions): Promise<string> {
  const own = new PreparedLock(path, options);
  try {
    return await contend(own, path, options);
  } finally {
    await own.clear();
  }
}

async function contend(own: PreparedLock, path: string, options: LockOptions): Promise<string> {
  const start = performance.now();
  let last: string | undefined;
  let since = start;
  for (;;) {
    const found = await look(path);
    const seen = typeof found === 'string' ? found : found.token;
    if (seen !== last) since = performance.now();
    last = seen;
    const waited = performance.now() - since;
    if (found === 'none') {
      if (await own.make()) return own.token;
    } else if (found === 'unreadable' || found === 'foreign') {
      if (found === 'foreign' || waited > unreadablePatience) {
        throw new InputError(
          `"${path}" is in the place of a lock and is none of this program's: move it away, or, if nothing else is at work there, delete it.`,
        );
      }
    } else if (holderOf(found) === 'gone') {
      if (await takeOver(own, path, found.token, options)) return own.token;
    } else if (found.long || waited > patience) throw heldBy(path, found, options.what);
    // At odd intervals, so that many who wait do not keep step; and the more seldom the longer, so that they leave the
    // processor to the one that works.
    await setTimeout(5 + Math.random() * Math.min(40 + (performance.now() - start) / 5, 500));
  }
}

function heldBy(path: string, found: LockContent, what: string): InputError {
  const { work, pid, host, since } = found;
  const who = `${escapeHidden(work)} (process ${pid} on ${escapeHidden(host)}, since ${since})`;
  const remedy =
    stateOf(found) === 'unknown'
      ? ` Whether that process still runs cannot be told from here; if it does not, delete "${path}".`
      : '';
  return new HeldLock(`${what} is being written by ${who}: wait until it is done, or choose another place.${remedy}`);
}

/** Replaces the stale lock with this token by one's own. @returns false when it is no longer there */
async function takeOver(own: PreparedLock, path: string, stale: string, options: LockOptions): Promise<boolean> {
  const claim = `${path}.${stale}`;
  const claimed = await acquire(claim, { ...options, long: false });
  try {
    const found = await look(path);
    if (typeof found === 'string' || found.token !== stale) return false;
    await own.replace();
    return true;
  } finally {
    await release(claim, claimed);
  }
}

/** Deletes what killed processes left of this lock: unlinked files, and claims on locks that are no more. */
async function cleanBeside(path: string, token: string): Promise<void> {
  await removeStagedFiles(path);
  const prefix = `${basename(path)}.`;
  for (const name of await readdir(dirname(path))) {
    const claimed = name.startsWith(prefix)
      ? /^([0-9a-f]{16})(\.[0-9a-f]{16})*$/.exec(name.slice(prefix.length))
      : null;
    // Whoever holds a claim on another token than that of the lock looks at the lock, and lets go.
    if (claimed !== null && claimed[1] !== token) {
      await unlink(join(dirname(path), name)).catch(() => undefined);
    }
  }
}
