import { lstat, readdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { InputError } from '../../errors.ts';
import { exists } from '../../files/reading/exists.ts';
import { errorCode, readFault } from '../../files/reading/fileFault.ts';
import { isWithin, realPathOf } from '../../files/reading/realPath.ts';
import { makeFolder, removeFolder, unlink } from '../../files/writing/diskOperations.ts';
import { writeFault } from '../../files/writing/writeFault.ts';
import { recordPaths } from '../../record/run/recordPaths.ts';
import { type ShardFile, shardFileOf } from './shardPlace.ts';

/* The folder in which all shards of a run leave their files. */

/** Beside the record: `NAME.rejuvenation.shards`. @throws InputError for a path that is no record's */
export function shardFolderOf(record: string): string {
  return `${recordPaths(record).json.slice(0, -'.json'.length)}.shards`;
}

/** A file of a shard, and where it is. */
export interface FoundShardFile extends ShardFile {
  readonly path: string;
}

/** The files of shards in a folder, by name; none where it is not there. @throws InputError when it cannot be read */
export async function shardFiles(folder: string): Promise<readonly FoundShardFile[]> {
  try {
    const names = await readdir(folder);
    return names.sort().flatMap((name): FoundShardFile[] => {
      const file = shardFileOf(name);
      return file === undefined ? [] : [{ ...file, path: join(folder, name) }];
    });
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw readFault(error, folder);
  }
}

/** @throws InputError where the folder of partials is, or lies inside, an input or an output */
export async function refuseInside(folder: string, others: readonly string[]): Promise<void> {
  const real = await realPathOf(folder);
  for (const other of others) {
    if (!isWithin(real, await realPathOf(other))) continue;
    throw new InputError(`The folder of partials "${folder}" is or lies inside "${other}": choose another place.`);
  }
}

/**
 * Makes the folder, where it is not there; several may at once.
 *
 * @param inputs of the run, none of which may hold it
 * @throws InputError when it cannot be made, is no folder, or lies inside an input
 */
export async function makeShardFolder(folder: string, inputs: readonly string[]): Promise<void> {
  await refuseInside(
    folder,
    inputs.filter((path) => path !== ''),
  );
  try {
    await makeFolder(folder).catch((error: unknown) => {
      if (errorCode(error) !== 'EEXIST') throw error;
    });
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw writeFault(error, folder);
    throw new InputError(
      `The folder of the folder of partials, "${dirname(resolve(folder))}", does not exist: create it first.`,
      { cause: error },
    );
  }
  // It may be a link to one, as to a cluster's scratch space.
  if ((await stat(folder).catch(() => undefined))?.isDirectory() !== true) {
    throw new InputError(`"${folder}", which should hold the partials, is not a folder: choose another place.`);
  }
}

/** After the name of an attempt: the file in which its targets' scores are written. */
export const scoresSuffix = '.scores';

/** Deletes all files of shards in a folder, and the folder where nothing else is in it. @returns what could not be, in words, if anything */
export async function removeShardFolder(folder: string): Promise<string | undefined> {
  try {
    for (const { path } of await shardFiles(folder)) await removeFile(path);
    // Of an attempt that was killed when it was just finished.
    for (const name of await readdir(folder)) {
      const attempt = name.endsWith(scoresSuffix) ? shardFileOf(name.slice(0, -scoresSuffix.length)) : undefined;
      if (attempt?.attempt !== undefined) await removeFile(join(folder, name));
    }
    // A link and the folder it leads to are the user's.
    const own = !(await lstat(folder)).isSymbolicLink();
    if (own && (await readdir(folder)).length === 0) await removeFolder(folder);
    return undefined;
  } catch (error) {
    const reason = errorCode(error) ?? String(error);
    return (await exists(folder).catch(() => true))
      ? `"${folder}" is of no use any more but could not be deleted (${reason}).`
      : undefined;
  }
}

/** Deletes a file that another process may just have deleted. */
export async function removeFile(path: string): Promise<void> {
  await unlink(path).catch((error: unknown) => {
    if (errorCode(error) !== 'ENOENT') throw error;
  });
}
