import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from '../../errors.ts';
import { errorCode } from '../../files/reading/fileFault.ts';
import { makeFolder, removeFolder, unlink } from '../../files/writing/diskOperations.ts';
import { writeFault } from '../../files/writing/writeFault.ts';
import { logNames } from './rolloutLog.ts';

/* The folder beside a readiness record in which unfinished work lies: logs of sampled answers. */

/**
 * Makes the folder, or finds the one of an unfinished run.
 *
 * @throws InputError when it cannot be made, or is somebody else's
 */
export async function openPartialFolder(folder: string): Promise<void> {
  try {
    await makeFolder(folder).catch((error: unknown) => {
      if (errorCode(error) !== 'EEXIST') throw error;
    });
    const info = await lstat(folder);
    if (info.isDirectory() && (await readdir(folder)).every((name) => logNames.test(name))) return;
  } catch (error) {
    throw writeFault(error, folder);
  }
  throw new InputError(
    `"${folder}" is in the place of this run's unfinished work and is no such folder: move it away.`,
  );
}

/** Whether answers are kept in it: of a run that failed, whether there is something to take up. */
export async function keepsAnswers(folder: string): Promise<boolean> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    if (!logNames.test(name)) continue;
    const info = await lstat(join(folder, name)).catch(() => undefined);
    if (info !== undefined && info.size > 0) return true;
  }
  return false;
}

/** Deletes what lies in it, once the record holds it. @returns what could not be deleted, in words, if anything */
export async function removePartialFolder(folder: string): Promise<string | undefined> {
  try {
    for (const name of await readdir(folder)) if (logNames.test(name)) await unlink(join(folder, name));
    await removeFolder(folder);
    return undefined;
  } catch (error) {
    return `"${folder}" is of no use any more but could not be deleted (${errorCode(error) ?? String(error)}).`;
  }
}
