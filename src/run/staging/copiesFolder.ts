import { createHash } from 'node:crypto';
import { lstat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { InputError } from '../../errors.ts';
import { errorCode } from '../../files/reading/fileFault.ts';
import { quotedPath } from '../../files/reading/shown.ts';
import { makeFolder, makeFolders, removeTree } from '../../files/writing/diskOperations.ts';
import { writeFault } from '../../files/writing/writeFault.ts';

/*
 * Where local copies of checkpoints lie: a folder of the user's own below what `--stage` names, which others may write
 * to as well (`/tmp`, `/scratch`). A run on a cluster has one of its own, so that its end can delete it.
 */

/** Names the run on a cluster that a command works for, in its environment. */
export const clusterRunVariable = 'REJUVENATE_CLUSTER_RUN';

/** A folder at the beginning that a variable names, so that each node's own can be meant: `$TMPDIR/copies`, `${SLURM_TMPDIR}`. */
const variable = /^\$(?:\{(\w+)\}|(\w+))(?=$|[/\\])/;

/**
 * The folder that `--stage` names, absolute.
 *
 * @throws InputError for a variable that is not set here
 */
export function stagePlace(given: string): string {
  const match = variable.exec(given);
  if (match === null) return resolve(given);
  const name = (match[1] ?? match[2])!;
  const value = process.env[name];
  if (value === undefined || value === '') {
    throw new InputError(`--stage names "$${name}", but that is not set here: name another folder.`);
  }
  return resolve(value + given.slice(match[0].length));
}

/** Of the user's copies, absolute; it may not be there. @param run the cluster run's id, where they are that run's alone */
export function copiesFolder(given: string, run: string | undefined = process.env[clusterRunVariable]): string {
  const parts = ['rejuvenation-copies', process.getuid?.(), run].filter((part) => part !== undefined && part !== '');
  return join(stagePlace(given), parts.join('-'));
}

/**
 * Makes the folder, open to the user alone.
 *
 * @throws InputError when it cannot be made, or something else has its name: a link or a folder of somebody else's could
 *   show this program other weights
 */
export async function makeCopiesFolder(folder: string): Promise<void> {
  const place = dirname(folder);
  await makeFolders(place).catch((error: unknown) => {
    throw writeFault(error, place);
  });
  try {
    await makeFolder(folder, 0o700);
    return;
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw writeFault(error, folder);
  }
  const info = await lstat(folder);
  const own = process.getuid === undefined || (info.uid === process.getuid() && (info.mode & 0o077) === 0);
  if (info.isDirectory() && own) return;
  throw new InputError(
    `${quotedPath(folder)} is no folder of yours alone, which local copies need: move it away, or name another place with --stage.`,
  );
}

/** Deletes all copies in it. @returns whether there was one of the user's own */
export async function removeCopies(folder: string): Promise<boolean> {
  const info = await lstat(folder).catch(() => undefined);
  const own = process.getuid === undefined || info?.uid === process.getuid();
  if (info === undefined || !info.isDirectory() || !own) return false;
  await removeTree(folder);
  return true;
}

/** Name of a checkpoint's folder among the copies: people see which it is, and no two have the same. @param folder real path */
export function copyName(folder: string): string {
  const hash = createHash('sha256').update(folder).digest('hex').slice(0, 16);
  return `${[...basename(folder)].slice(0, 30).join('')}-${hash}`;
}
