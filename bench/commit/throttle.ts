import { existsSync, mkdirSync, rmdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/* Holds a process to a disk's speed by Linux's control groups, as a stand-in for a disk behind a network. */

const controller = '/sys/fs/cgroup/blkio';

/** A group whose processes read and write one disk at a certain speed each. */
export interface Throttle {
  /** To be run by bash in front of a command: joins the group. */
  readonly join: string;
  remove(): void;
}

/**
 * Only what goes past the page cache is held to it when written: writing back is the system's.
 *
 * @param folder on the disk
 * @returns undefined where the system has no such groups, or they are not ours to make
 */
export function throttle(folder: string, bytesPerSecond: number): Throttle | undefined {
  const group = join(controller, `rejuvenate-bench-${process.pid}`);
  try {
    if (!existsSync(controller)) return undefined;
    const { dev } = statSync(folder);
    const [major, minor] = [(dev >> 8) & 0xfff, (dev & 0xff) | ((dev >> 12) & 0xfff00)];
    mkdirSync(group);
    for (const direction of ['read', 'write']) {
      writeFileSync(join(group, `blkio.throttle.${direction}_bps_device`), `${major}:${minor} ${bytesPerSecond}`);
    }
  } catch {
    if (existsSync(group)) rmdirSync(group);
    return undefined;
  }
  return { join: `echo $$ > ${group}/cgroup.procs`, remove: () => rmdirSync(group) };
}
