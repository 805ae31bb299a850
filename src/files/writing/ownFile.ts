import { InputError } from '../../errors.ts';
import { errorCode } from '../reading/fileFault.ts';
import { closeFile, isPlainFile, openForChange } from './diskOperations.ts';
import { writeFault } from './writeFault.ts';

/* Opens a file that an unfinished run left, to go on in it, unless it is somebody else's. */

function foreign(path: string): InputError {
  return new InputError(`"${path}" is no file of this program but a link or the like: move it away.`);
}

/**
 * Opens a file that is changed in place: what an unfinished run left under a name that can be foretold. Neither a link
 * nor a second name of somebody's file is taken for it.
 *
 * @param make it when it is missing
 * @returns its descriptor
 * @throws InputError when it is no plain file, is missing, or cannot be opened
 */
export function openOwnFile(path: string, make: boolean): number {
  try {
    const descriptor = openForChange(path, make);
    if (isPlainFile(descriptor)) return descriptor;
    closeFile(descriptor);
  } catch (error) {
    if (!['ELOOP', 'ENXIO', 'EISDIR'].includes(errorCode(error) ?? '')) throw writeFault(error, path);
  }
  throw foreign(path);
}
