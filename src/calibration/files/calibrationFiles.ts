import { stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { InputError } from '../../errors.ts';
import { exists } from '../../files/reading/exists.ts';
import { quotedPath, shownCount } from '../../files/reading/shown.ts';
import { dataFolderFiles } from './dataFolder.ts';
import { isPattern, matchingFiles } from './glob.ts';

/* Which files are meant by what a user names as calibration: files, patterns, folders of data sets. */

/** More would be a slip of the finger: each is opened. */
const most = 10_000;

export interface CalibrationFiles {
  /** Absolute, each once, at least one. */
  readonly paths: readonly string[];
  /** Sentences on what of a folder is taken, and what is named twice. */
  readonly notes: readonly string[];
}

/**
 * @param named files, patterns such as `data/*.jsonl`, or folders of data sets
 * @throws InputError when a pattern or a folder leads to no file, or it is not clear to which
 */
export async function calibrationFiles(named: readonly string[]): Promise<CalibrationFiles> {
  const paths = new Set<string>();
  const notes: string[] = [];
  const add = (path: string) => {
    const absolute = resolve(path);
    if (paths.has(absolute)) notes.push(`${quotedPath(path)} is named twice as calibration, and read once.`);
    paths.add(absolute);
  };
  for (const each of named) {
    if (!(await exists(each)) && isPattern(each)) {
      const matches = await matchingFiles(each);
      if (matches.length === 0) throw new InputError(`No file matches the calibration ${quotedPath(each)}.`);
      matches.forEach(add);
      continue;
    }
    const info = await stat(each).catch(() => undefined);
    if (info?.isDirectory() === true) {
      const folder = await dataFolderFiles(each);
      folder.paths.forEach(add);
      notes.push(...folder.notes);
    }
    // What is wrong with a file is said where it is opened.
    else add(each);
  }
  if (paths.size > most) {
    throw new InputError(
      `${shownCount(paths.size)} calibration files are named, more than the ${shownCount(most)} that are read.`,
    );
  }
  return { paths: [...paths], notes };
}

/** Short names of files, for messages and tables: without their folders where that tells them apart. */
export function fileNames(paths: readonly string[]): readonly string[] {
  const names = paths.map((path) => basename(path));
  return new Set(names).size === names.length ? names : paths;
}
