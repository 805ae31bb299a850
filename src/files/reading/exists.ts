import { lstat } from 'node:fs/promises';
import { errorCode, readFault } from './fileFault.ts';

/** Whether something has the path, a dangling link included. @throws InputError when that cannot be told */
export async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return false;
    throw readFault(error, path);
  }
}
