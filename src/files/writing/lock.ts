import { randomBytes } from 'node:crypto';
import { lstat, readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { z } from 'zod';
import { InputError } from '../../errors.ts';
import { errorCode } from '../reading/fileFault.ts';
import { escapeHidden } from '../reading/shown.ts';
import { release as releaseAside, reserveAside } from './aside.ts';
import { closeFile, createFile, rename, syncFile, unlink, writeAll } from './diskOperations.ts';
import { linkUnlessTaken } from './exclusive.ts';
import { stateOf, thisProcess } from './owner.ts';
import { removeStagedFiles } from './stagedFile.ts';
import { writeFault } from './writeFault.ts';

/*
 * A file that says who is writing its neighbour. It appears complete, by a link from a file of its own name, which of
 * several processes one alone is granted, on network file systems too. One whose process is known to be gone is taken
 * over: whoever wants to first takes a second lock, named after the stale one's token, looks again, and then replaces it
 * by renaming. No two can hold that second lock, and without it a stale lock is never touched, so no two take one over;
 * the second lock of somebody who is killed is itself a stale lock like any other.
 */

const contentSchema = z.object({
  program: z.literal('rejuvenate'),
  token: z.string().regex(/^[0-9a-f]{16}$/),
  /** What holds it: "a run". */
  work: z.string().max(100),
  /** Held for the whole of some long work, not only while a file is replaced. */
  long: z.boolean(),
  since: z.iso.datetime(),
  host: z.string().max(255),
  hardware: z.string().max(64),
  machine: z.string().max(64),
  boot: z.string().max(64),
  pid: z.int().positive(),
  started: z.string().max(64),
});
type Content = z.infer<typeof contentSchema>;

export interface LockOptions {
  /** What it guards, for sentences: `The record "x"`. */
  readonly what: string;
  /** Who holds it, for sentences: "a run". */
  readonly work: string;
  /** Held throughout long work: others are told at once instead of waiting. */
  readonly long: boolean;
}

/** How long a short lock is waited for while it does not change hands, ms. */
const patience = 20_000;
/** Much longer than any lock's content takes to be written where locks cannot appear complete, ms. */
const unreadablePatience = 3_000;
const mostBytes = 4096;

/** Tokens of the locks that this process holds. */
const held = new Set<string>();

/** As {@link stateOf}; this process's own lock that it no longer holds, but could not delete, is as good as gone. */
function holderOf(found: Content): ReturnType<typeof stateOf> {
  const state = stateOf(found);
  return state === 'alive' && found.pid === process.pid && !held.has(found.token) ? 'gone' : state;
}

type Found = Content | 'none' | 'unreadable' | 'foreign';

async function look(path: string): Promise<Found> {
  try {
    const info = await lstat(path);
    if (!info.isFile() || info.size > mostBytes) return 'foreign';
    const parsed = contentSchema.safeParse(JSON.parse(await readFile(path, 'utf8')));
    return parsed.success ? parsed.data : 'unreadable';
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return 'none';
    if (error instanceof SyntaxError) return 'unreadable';
    throw error;
  }
}

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
  let last: string | undefined;
  let since = performance.now();
  for (;;) {
    const found = await look(path);
    const seen = typeof found === 'string' ? found : found.token;
    if (seen !== last) since = performance.now();
    last = seen;
    const waited = performance.now() - since;
    if (found === 'none') {
      const token = await make(path, options);
      if (token !== undefined) return token;
    } else if (found === 'unreadable' || found === 'foreign') {
      if (found === 'foreign' || waited > unreadablePatience) {
        throw new InputError(
          `"${path}" is in the place of a lock and is none of this program's: move it away, or, if nothing else is at work there, delete it.`,
        );
      }
    } else if (holderOf(found) === 'gone') {
      const token = await takeOver(path, found.token, options);
      if (token !== undefined) return token;
    } else if (found.long || waited > patience) throw heldBy(path, found, options.what);
    // At odd intervals, so that many who wait do not keep step.
    await setTimeout(5 + Math.random() * 40);
  }
}

function heldBy(path: string, found: Content, what: string): InputError {
  const { work, pid, host, since } = found;
  const who = `${escapeHidden(work)} (process ${pid} on ${escapeHidden(host)}, since ${since})`;
  const remedy =
    stateOf(found) === 'unknown'
      ? ` Whether that process still runs cannot be told from here; if it does not, delete "${path}".`
      : '';
  return new InputError(`${what} is being written by ${who}: wait until it is done, or choose another place.${remedy}`);
}

function contentOf({ work, long }: LockOptions, token: string): Buffer {
  const content: Content = {
    program: 'rejuvenate',
    token,
    work,
    long,
    since: new Date().toISOString(),
    ...thisProcess(),
  };
  return Buffer.from(`${JSON.stringify(content)}\n`);
}

/**
 * Writes a lock's content under a name of its own and hands it over; that name is gone in the end.
 *
 * @param use returns the token once it is the lock's
 */
async function withContent(
  path: string,
  options: LockOptions,
  use: (aside: string, token: string) => Promise<string | undefined>,
): Promise<string | undefined> {
  const token = randomBytes(8).toString('hex');
  const aside = reserveAside(path, 'staging');
  held.add(token);
  let used = false;
  try {
    const descriptor = createFile(aside);
    try {
      writeAll(descriptor, contentOf(options, token), 0);
      // One that a power cut emptied would be nobody's, and in everybody's way.
      await syncFile(descriptor);
    } finally {
      closeFile(descriptor);
    }
    const result = await use(aside, token);
    used = result !== undefined;
    return result;
  } finally {
    if (!used) held.delete(token);
    await unlink(aside).catch(() => undefined);
    releaseAside(aside);
  }
}

/** Makes the lock where there is none; undefined when another was quicker. */
async function make(path: string, options: LockOptions): Promise<string | undefined> {
  return withContent(path, options, async (aside, token) => {
    const made = await linkUnlessTaken(aside, path);
    if (made !== 'unsupported') return made === 'made' ? token : undefined;
    // Without second names a lock is seen before its content is there: readers are patient with it.
    try {
      const descriptor = createFile(path);
      try {
        writeAll(descriptor, contentOf(options, token), 0);
      } finally {
        closeFile(descriptor);
      }
      return token;
    } catch (error) {
      if (errorCode(error) === 'EEXIST') return undefined;
      throw error;
    }
  });
}

/** Replaces the stale lock with this token by one's own; undefined when it is no longer there. */
async function takeOver(path: string, stale: string, options: LockOptions): Promise<string | undefined> {
  const claim = `${path}.${stale}`;
  const claimed = await acquire(claim, { ...options, long: false });
  try {
    const found = await look(path);
    if (typeof found === 'string' || found.token !== stale) return undefined;
    return await withContent(path, options, async (aside, token) => {
      await rename(aside, path);
      return token;
    });
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
