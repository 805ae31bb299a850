import { lstat } from 'node:fs/promises';
import { InputError } from '../../errors.ts';
import { exists } from '../reading/exists.ts';
import { errorCode } from '../reading/fileFault.ts';
import { link, rename, unlink } from './diskOperations.ts';

/** What file systems without second names say: FAT, some network shares and containers' mounts. */
const noLinks = new Set(['EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EXDEV', 'EMLINK', 'EINVAL']);

/**
 * Gives a complete file a second name, unless that is taken: of several processes one succeeds.
 *
 * @returns whether it did, or that the file system knows no second names
 */
export async function linkUnlessTaken(from: string, to: string): Promise<'made' | 'taken' | 'unsupported'> {
  try {
    await link(from, to);
    return 'made';
  } catch (error) {
    const code = errorCode(error) ?? '';
    if (noLinks.has(code)) return 'unsupported';
    if (code !== 'EEXIST') throw error;
    // A network server that was asked twice, its first answer being lost, says that its own work was there already.
    const [one, other] = await Promise.all([lstat(from), lstat(to).catch(() => undefined)]);
    return one.nlink === 2 && one.ino === other?.ino && one.dev === other.dev ? 'made' : 'taken';
  }
}

/**
 * Renames a complete file to a name that must be free.
 *
 * @throws InputError when something has the name; the file then keeps its own
 */
export async function renameUnlessTaken(from: string, to: string): Promise<void> {
  const found = await linkUnlessTaken(from, to);
  // Both names lead to the file now; the first, if it cannot be taken away, is a leftover.
  if (found === 'made') return unlink(from).catch(() => undefined);
  if (found === 'taken' || (await exists(to))) {
    throw new InputError(`"${to}" came to exist meanwhile and is left as it is: choose another place.`);
  }
  await rename(from, to);
}
