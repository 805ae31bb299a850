import { join } from 'node:path';
import { exists } from '../../files/reading/exists.ts';
import { makeFolders } from '../../files/writing/diskOperations.ts';
import { removeStagedFiles, writeFileWhole } from '../../files/writing/stagedFile.ts';
import { writeFault } from '../../files/writing/writeFault.ts';
import { eventFile } from './eventFile.ts';
import { runFolders, stepFileName } from './runFolders.ts';
import type { TrackedRun } from './trackedRun.ts';

/* Event files of a training that is followed: one a step, which TensorBoard reads as it appears. */

/**
 * Writes the event files that are missing. Each says what the record says, and has a name of its own: after a kill nothing is there
 * twice, and what was not written yet is written now.
 *
 * @param folder made where it is missing
 * @param anew labels of points whose files are written again
 * @throws InputError when a file cannot be written
 */
export async function writeStepFiles(
  folder: string,
  runs: readonly TrackedRun[],
  anew: ReadonlySet<string>,
): Promise<void> {
  const folders = runFolders(runs);
  for (const [i, { points }] of runs.entries()) {
    const place = join(folder, folders[i]!);
    for (const point of points) {
      const path = join(place, stepFileName(point));
      if ((await exists(path)) && !anew.has(point.label)) continue;
      try {
        await makeFolders(place);
      } catch (error) {
        throw writeFault(error, place);
      }
      await removeStagedFiles(path);
      await writeFileWhole(path, eventFile([point]), true);
    }
  }
}
