import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { exists } from '../../files/reading/exists.ts';
import { recordPaths, recordSuffix } from '../../record/run/recordPaths.ts';
import { type RunSweep, readSweep, sweepSuffix } from '../../record/sweep/sweepFile.ts';

/* Finds the sweep records of a run: they lie beside its record, carry its name, and name what it found by its hash. */

/** More beside one record would be a slip, or hostile. */
const mostSweeps = 50;

const stemOf = (record: string) => basename(recordPaths(record).json).slice(0, -recordSuffix.length);

/** `NAME.sweep.json` beside `NAME.rejuvenation.json`, with more in its name. */
function sweepBeside(record: string, more: string): string {
  return join(dirname(recordPaths(record).json), `${stemOf(record)}${more}${sweepSuffix}`);
}

/** Where the sweep of a run record goes unless it is said: `NAME.sweep.json` beside `NAME.rejuvenation.json`. */
export function sweepPathFor(record: string): string {
  return sweepBeside(record, '');
}

/**
 * A place for a sweep that replaces nothing: `NAME.sweep.json`, or `NAME.2.sweep.json` and so on. That of a sweep that was
 * stopped, which had none to replace either, is the same.
 */
export async function freeSweepPath(record: string): Promise<string> {
  for (let turn = 1; ; turn++) {
    const path = sweepBeside(record, turn === 1 ? '' : `.${turn}`);
    if (!(await exists(path))) return path;
  }
}

/**
 * Where single points that were measured of a run are kept: a sweep record too.
 *
 * @param turn 1, 2 …: points of one engine each
 */
export function measuredPathFor(record: string, turn: number): string {
  return sweepBeside(record, turn === 1 ? '.measured' : `.measured-${turn}`);
}

/** Whether a file beside a run record may be one of its sweeps, by its name. */
export function maySweep(record: string, name: string): boolean {
  return name.startsWith(`${stemOf(record)}.`) && name.endsWith(sweepSuffix);
}

/**
 * The sweep records beside a run record that are of the same run.
 *
 * @param identity what tells the run, by `runIdentity`
 * @param mayRead whether a file may be opened
 * @returns in the order of their names; and a sentence for each that carries the run's name but cannot be shown
 */
export async function readRunSweeps(
  record: string,
  identity: string,
  mayRead: (path: string) => boolean,
): Promise<{ readonly sweeps: RunSweep[]; readonly notes: string[] }> {
  const folder = dirname(recordPaths(record).json);
  const names = (await readdir(folder).catch(() => [])).filter((name) => maySweep(record, name)).sort();
  const sweeps: RunSweep[] = [];
  const notes: string[] = [];
  if (names.length > mostSweeps) notes.push(`Of ${names.length} sweep records beside the run, ${mostSweeps} are read.`);
  for (const name of names.slice(0, mostSweeps)) {
    const path = join(folder, name);
    if (!mayRead(path)) continue;
    try {
      const found = await readSweep(path);
      if (found.run.sha256 === identity) sweeps.push({ name, record: found });
      // A longer name may be another run's.
      else if (path === sweepPathFor(record)) notes.push(`${name} is of another run of this name and is not shown.`);
    } catch (error) {
      notes.push(error instanceof Error ? error.message : String(error));
    }
  }
  return { sweeps, notes };
}
