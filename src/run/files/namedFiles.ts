import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { calibrationFiles } from '../../calibration/files/calibrationFiles.ts';
import { locateCheckpoint } from '../../checkpoint/folder/locateCheckpoint.ts';

/* Which files stand behind what a user names, for whoever only wants to know whether they are the same as before. */

/** The files that are read where a checkpoint is named, by a folder or by its name on the Hub; none where it leads to none. */
export async function checkpointFiles(named: string): Promise<readonly string[]> {
  try {
    const { folder } = await locateCheckpoint(named);
    return (await readdir(folder)).sort().map((name) => join(folder, name));
  } catch {
    return [];
  }
}

/** The files that are read where a file, a pattern or a data set's folder is named; none where it leads to none. */
export async function dataFiles(named: string): Promise<readonly string[]> {
  try {
    return (await calibrationFiles([named])).paths;
  } catch {
    return [];
  }
}
