import { lstat, readdir } from 'node:fs/promises';
import { InputError } from '../../errors.ts';
import { errorCode, readFault } from '../reading/fileFault.ts';
import { manifestName } from './manifestName.ts';

/** Whether a folder of these names is one that a checkpoint may replace: empty, committed here, or a checkpoint itself. */
export function isCheckpoint(names: readonly string[]): boolean {
  if (names.includes(manifestName)) return true;
  return names.includes('config.json') && names.some((name) => name.endsWith('.safetensors'));
}

/**
 * Checks that replacing a folder deletes nothing but a checkpoint. A link may be replaced whatever it leads to, which
 * stays as it is.
 *
 * @throws InputError when it would, or the folder cannot be read
 */
export async function checkReplaceable(folder: string): Promise<void> {
  try {
    const info = await lstat(folder);
    if (info.isSymbolicLink()) return;
    const names = await readdir(folder);
    if (names.length === 0 || isCheckpoint(names)) return;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return;
    if (errorCode(error) === 'ENOTDIR') {
      throw new InputError(`"${folder}" is not a folder: choose another place.`, { cause: error });
    }
    throw readFault(error, folder);
  }
  throw new InputError(
    `"${folder}" is no checkpoint, and replacing it would delete the files in it: choose another place.`,
  );
}
