import { readReadiness } from '../../record/readiness/readinessFile.ts';
import { readinessSuffix } from '../../record/readiness/readinessPaths.ts';
import { readRecord } from '../../record/run/recordFile.ts';
import { readSweep, sweepSuffix } from '../../record/sweep/sweepFile.ts';
import { checkNewFolder, type ExportedFile, writeNewFolder } from '../export/newFolder.ts';
import { eventFile } from './eventFile.ts';
import { readinessRuns } from './readinessRuns.ts';
import { recordRuns } from './recordRuns.ts';
import { runFolders } from './runFolders.ts';
import { sweepRuns } from './sweepRuns.ts';
import type { TrackedRun } from './trackedRun.ts';
import { historyCsv, runsJson } from './wandbFiles.ts';

/* Writes the figures of a record for experiment trackers: of a run, a sweep or readiness. No service is contacted. */

export const trackers = ['tensorboard', 'wandb'] as const;
export type Tracker = (typeof trackers)[number];

/** The runs of a record of any kind but a comparison, by its name's ending. @throws InputError */
async function runsOf(path: string): Promise<TrackedRun[]> {
  if (path.endsWith(readinessSuffix)) return readinessRuns(path, await readReadiness(path));
  if (path.endsWith(sweepSuffix)) return sweepRuns(path, await readSweep(path));
  const { record } = await readRecord(path);
  return recordRuns(path, record);
}

/** The files, each with its bytes: at most one folder deep. */
function filesFor(tracker: Tracker, runs: readonly TrackedRun[]): (ExportedFile & { readonly bytes: Uint8Array })[] {
  const text = (content: string) => new TextEncoder().encode(content);
  if (tracker === 'wandb') {
    const rows = runs.reduce((sum, { points }) => sum + points.length, 0);
    return [
      { file: 'runs.json', rows: runs.length, bytes: text(runsJson(runs)) },
      { file: 'history.csv', rows, bytes: text(historyCsv(runs)) },
    ];
  }
  return runFolders(runs).map((folder, i) => {
    const { points, settings } = runs[i]!;
    const seconds = String(Math.floor(points[0]?.time ?? 0)).padStart(10, '0');
    const file = `${folder}/events.out.tfevents.${seconds}.rejuvenation`;
    return { file, rows: points.length, bytes: eventFile(points, settings) };
  });
}

/**
 * Writes a new folder, whole or not at all.
 *
 * @param path of a run, sweep or readiness record
 * @param out the folder, which must not exist
 * @throws InputError when the record cannot be read or the place cannot be written
 */
export async function exportRuns(path: string, tracker: Tracker, out: string): Promise<ExportedFile[]> {
  await checkNewFolder(out, path);
  const files = filesFor(tracker, await runsOf(path));
  await writeNewFolder(
    out,
    files.map(({ file, bytes }) => [file, bytes]),
  );
  return files.map(({ file, rows }) => ({ file, rows }));
}
