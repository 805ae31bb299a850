import { statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { InputError } from '../../errors.ts';

/* Checks that the disk has room for a folder before it is written. */

const gigabytes = (bytes: number, digits: number) => `${(bytes / 1e9).toFixed(digits)} GB`;

/** Two sizes with as many digits as they need to be told apart, at least one, or three below 0.1 GB. */
export function toldApart(one: number, other: number): readonly [string, string] {
  let digits = Math.min(one, other) < 1e8 ? 3 : 1;
  while (digits < 9 && one !== other && gigabytes(one, digits) === gigabytes(other, digits)) digits++;
  return [gigabytes(one, digits), gigabytes(other, digits)];
}

/** What to do where there is no room in a place that the user chose. */
const choose = 'make room, or choose another place';

/**
 * Checks that the disk on which something is to be written can hold it; an old one there is deleted only afterwards.
 *
 * @param what is written, for the sentence
 * @param remedy what to do where it does not fit, likewise
 * @throws InputError when it cannot
 */
export async function checkFreeSpace(
  out: string,
  needed: number,
  what = 'the checkpoint',
  remedy = choose,
): Promise<void> {
  const parent = dirname(resolve(out));
  const disk = await statfs(parent).catch(() => undefined);
  // Some network file systems do not tell; a parent that is not there is told when the folder is made.
  if (disk === undefined || disk.blocks === 0) return;
  const free = disk.bavail * disk.bsize;
  if (free >= needed) return;
  const [has, needs] = toldApart(free, needed);
  throw new InputError(`"${parent}" has ${has} free, but ${what} needs ${needs}: ${remedy}.`);
}
