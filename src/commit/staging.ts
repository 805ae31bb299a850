import { createHash, randomBytes } from 'node:crypto';
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { errorCode } from '../checkpoint/fileFault.ts';
import { InputError } from '../errors.ts';
import { exists } from '../run/outputPaths.ts';
import { writeFault } from '../run/writeFault.ts';

/*
 * A folder is written beside its target under a name of its own and takes the target's name when it is complete. The
 * name says who writes it: machine and process. That is how a leftover of a killed process is told from the work of a
 * living one.
 */

type Kind = 'staging' | 'previous';

const machine = createHash('sha256').update(hostname()).digest('hex').slice(0, 8);

/** Folders that this process is working on. */
const active = new Set<string>();

function asideName(target: string, kind: Kind): string {
  const unique = randomBytes(4).toString('hex');
  return `.${basename(target)}.rejuvenation-${kind}-${machine}-${process.pid}-${unique}`;
}

/** The process that a leftover's name tells of, when it is one of this target's, made on this machine. */
function parseAside(name: string, target: string): { readonly kind: Kind; readonly pid: number } | undefined {
  const prefix = `.${basename(target)}.rejuvenation-`;
  if (!name.startsWith(prefix)) return undefined;
  const match = /^(staging|previous)-([0-9a-f]{8})-(\d+)-[0-9a-f]{8}$/.exec(name.slice(prefix.length));
  if (match?.[2] !== machine) return undefined;
  return { kind: match[1] as Kind, pid: Number(match[3]) };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
}

/** Makes renames and new entries of a folder outlive a power cut. */
export async function syncFolder(folder: string): Promise<void> {
  // Windows opens no folders; there a rename is journalled.
  const handle = await open(folder, 'r').catch(() => undefined);
  try {
    await handle?.sync();
  } catch {
    // Some network file systems refuse; nothing more can be done there.
  } finally {
    await handle?.close();
  }
}

/**
 * Cleans up after processes killed while they wrote this target: half-written folders are deleted; an old target that
 * was moved aside comes back when nothing took its place, and is deleted when something did.
 */
export async function cleanLeftovers(target: string): Promise<void> {
  const parent = dirname(resolve(target));
  const names = await readdir(parent).catch(() => []);
  for (const name of names) {
    const aside = parseAside(name, target);
    const path = join(parent, name);
    if (aside === undefined || active.has(path) || (aside.pid !== process.pid && isAlive(aside.pid))) continue;
    try {
      if (aside.kind === 'previous' && !(await exists(target))) await rename(path, target);
      else await rm(path, { recursive: true, force: true });
    } catch (error) {
      throw writeFault(error, path);
    }
  }
}

/** A folder under construction. */
export class StagingFolder {
  readonly path: string;
  readonly #target: string;

  private constructor(path: string, target: string) {
    this.path = path;
    this.#target = target;
  }

  /**
   * Makes the folder beside its target, after cleaning up what killed processes left there.
   * @throws InputError when it cannot be made, or the target exists and may not be replaced
   */
  static async create(target: string, overwrite: boolean): Promise<StagingFolder> {
    const absolute = resolve(target);
    await cleanLeftovers(absolute);
    if (!overwrite && (await exists(absolute))) {
      throw new InputError(`"${target}" exists already: choose another place, or pass --overwrite.`);
    }
    const path = join(dirname(absolute), asideName(absolute, 'staging'));
    active.add(path);
    try {
      await mkdir(path);
    } catch (error) {
      active.delete(path);
      throw writeFault(error, target);
    }
    return new StagingFolder(path, absolute);
  }

  /** Gives the complete folder its name. An old target survives until this one has taken its place. */
  async publish(): Promise<void> {
    const parent = dirname(this.#target);
    await syncFolder(this.path);
    const previous = join(parent, asideName(this.#target, 'previous'));
    active.add(previous);
    try {
      const replacing = await exists(this.#target);
      if (replacing) await rename(this.#target, previous);
      try {
        await rename(this.path, this.#target);
      } catch (error) {
        if (replacing) await rename(previous, this.#target);
        throw error;
      }
      await syncFolder(parent);
      if (replacing) await rm(previous, { recursive: true, force: true });
    } catch (error) {
      throw writeFault(error, this.#target);
    } finally {
      active.delete(previous);
      active.delete(this.path);
    }
  }

  /** Deletes what is there of it. */
  async discard(): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
    active.delete(this.path);
  }
}
