import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { exists } from '../reading/exists.ts';
import { errorCode } from '../reading/fileFault.ts';
import { asidesOf } from './aside.ts';
import { closeFile, createFile, removeFolder, removeTree, rename, unlink, writeAll } from './diskOperations.ts';
import { manifestName } from './manifestName.ts';
import { isCheckpoint } from './replaceable.ts';
import { writeFault } from './writeFault.ts';

/*
 * Marks folders that are being written or deleted, and cleans up those that a killed process left.
 */

/** A file in every folder that is being written or deleted, by which its content, not its name alone, says that. */
export const unfinishedMark = '.rejuvenation-unfinished';

/** Puts the mark into a folder. */
export function markUnfinished(folder: string): void {
  const descriptor = createFile(join(folder, unfinishedMark));
  try {
    writeAll(
      descriptor,
      Buffer.from('This folder was being written or deleted by "rejuvenate"; it may be deleted.\n'),
      0,
    );
  } finally {
    closeFile(descriptor);
  }
}

/** Takes the mark out of a complete folder. */
export async function unmarkUnfinished(folder: string): Promise<void> {
  await unlink(join(folder, unfinishedMark));
}

/** Deletes a folder so that, killed in between, what is left still has the mark. A link alone is taken away. */
export async function removeMarked(folder: string): Promise<void> {
  if ((await lstat(folder)).isSymbolicLink()) return unlink(folder);
  const names = await readdir(folder);
  if (names.length > 0 && !names.includes(unfinishedMark)) {
    try {
      markUnfinished(folder);
    } catch {
      // A full disk has no room for the mark; deleting makes some.
    }
  }
  for (const name of names.filter((each) => each !== unfinishedMark)) await removeTree(join(folder, name));
  await unmarkUnfinished(folder).catch(() => undefined);
  await removeFolder(folder);
}

/**
 * Whether what lies aside is, by its content, what this program leaves there: marked, empty (just made, or all but
 * deleted), or a complete folder of its kind.
 */
async function isOwn(path: string, successor: string): Promise<boolean> {
  if ((await lstat(path)).isSymbolicLink()) return true;
  const names = await readdir(path);
  return (
    names.length === 0 || names.some((name) => name === unfinishedMark || name === successor) || isCheckpoint(names)
  );
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
  for (const { path, kind, abandoned } of await asidesOf(target, 'folder')) {
    if (!abandoned) continue;
    try {
      if (kind === 'previous' && !(await exists(target))) await rename(path, target);
      // Something else in the target's place is no successor, and the old one stays.
      else if (kind === 'staging' || (await exists(join(target, successor)))) {
        if (await isOwn(path, successor)) await removeMarked(path);
      }
    } catch (error) {
      // Another process was quicker.
      if (errorCode(error) === 'ENOENT') continue;
      throw writeFault(error, path);
    }
  }
}
