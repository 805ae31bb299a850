import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readdir, rename, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { exists } from '../reading/exists.ts';
import { errorCode } from '../reading/fileFault.ts';
import { manifestName } from './manifestName.ts';
import { writeFault } from './writeFault.ts';

/*
 * Names folders that are being written or were moved aside, and cleans up those that a killed process left.
 *
 * A checkpoint is written beside its target under a name of its own, and an old target that is replaced is moved aside
 * under such a name. The name, not a file inside, says who made it, since an old target is not ours to add files to
 * and a new one must hold none when it gets its name: host, boot and process, which is how what a killed process left
 * is told from the work of a living one.
 */

/** A folder being written, or an old target moved aside. */
export type AsideKind = 'staging' | 'previous';

/** What a process does not share with one of another boot: its number may come again. */
function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8');
  } catch {
    // Only Linux tells; elsewhere a leftover waits until its process number is free.
    return '';
  }
}

const short = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 8);
const host = short(hostname());
const boot = short(bootId());

/** Folders that this process is working on. */
const active = new Set<string>();

/** A new path beside the target, marked as being worked on until {@link release}. */
export function reserveAside(target: string, kind: AsideKind): string {
  const unique = randomBytes(4).toString('hex');
  const name = `.${basename(target)}.rejuvenation-${kind}-${host}-${boot}-${process.pid}-${unique}`;
  const path = join(dirname(target), name);
  active.add(path);
  return path;
}

export function release(path: string): void {
  active.delete(path);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
}

/** The kind of a leftover of this target, made on this host by a process that is no more; undefined for anything else. */
function leftoverKind(path: string, target: string): AsideKind | undefined {
  const prefix = `.${basename(target)}.rejuvenation-`;
  const name = basename(path);
  if (!name.startsWith(prefix) || active.has(path)) return undefined;
  const match = /^(staging|previous)-([0-9a-f]{8})-([0-9a-f]{8})-(\d{1,10})-[0-9a-f]{8}$/.exec(
    name.slice(prefix.length),
  );
  if (match?.[2] !== host) return undefined;
  const pid = Number(match[4]);
  const alive = match[3] === boot && pid !== process.pid && isAlive(pid);
  return alive ? undefined : (match[1] as AsideKind);
}

/**
 * Cleans up after processes killed while they wrote this target: half-written folders are deleted; an old target that
 * was moved aside comes back when nothing took its place, and is deleted when its successor is there.
 *
 * @param target absolute path
 * @param successor a file that tells what this project wrote from anything else in the target's place
 * @throws InputError when a leftover cannot be moved or deleted
 */
export async function cleanLeftovers(target: string, successor: string = manifestName): Promise<void> {
  const parent = dirname(target);
  const names = await readdir(parent).catch(() => []);
  for (const name of names) {
    const path = join(parent, name);
    const kind = leftoverKind(path, target);
    if (kind === undefined) continue;
    try {
      if (kind === 'previous' && !(await exists(target))) await rename(path, target);
      // Something else in the target's place is no successor, and the old one stays.
      else if (kind === 'staging' || (await exists(join(target, successor))))
        await rm(path, { recursive: true, force: true });
    } catch (error) {
      // Another process was quicker.
      if (errorCode(error) === 'ENOENT') continue;
      throw writeFault(error, path);
    }
  }
}
