import { statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { InputError } from '../../errors.ts';

/* Checks that the disk has room for a folder before it is written. */

const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(bytes < 1e8 ? 3 : 1)} GB`;

/**
 * Checks that the disk of a folder to be written can hold it; an old one there is deleted only afterwards.
 *
 * @throws InputError when it cannot
 */
export async function checkFreeSpace(out: string, needed: number): Promise<void> {
  const parent = dirname(resolve(out));
  const disk = await statfs(parent).catch(() => undefined);
  // Some network file systems do not tell; a parent that is not there is told when the folder is made.
  if (disk === undefined || disk.blocks === 0) return;
  const free = disk.bavail * disk.bsize;
  if (free >= needed) return;
  throw new InputError(
    `"${parent}" has ${gigabytes(free)} free, but the checkpoint needs ${gigabytes(needed)}: make room, or choose another place.`,
  );
}
