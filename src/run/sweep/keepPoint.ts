import { isDeepStrictEqual } from 'node:util';
import { Lock } from '../../files/locks/lock.ts';
import { exists } from '../../files/reading/exists.ts';
import type { OpenRecord } from '../../record/run/recordFile.ts';
import { runIdentity } from '../../record/run/runIdentity.ts';
import { pointKey } from '../../record/sweep/pointName.ts';
import { readSweep, sweepPaths, writeSweep } from '../../record/sweep/sweepFile.ts';
import { type MeasuredPoint, type SweepRecord, sweepSchemaName, sweepVersion } from '../../record/sweep/sweepRecord.ts';
import { program } from '../../settings/programInfo.ts';
import { measuredPathFor } from './runSweeps.ts';

/* Keeps single points that were measured, in a sweep record of their own beside the run record, which stays as it is. */

/** A sweep record says of one engine how it worked: points of another go to another file. */
function takes(record: SweepRecord, identity: string, engine: SweepRecord['engine']): boolean {
  return record.run.sha256 === identity && isDeepStrictEqual(record.engine, engine);
}

/** A sweep record of the run with no points, as {@link keepPoint} and a sweep fill it. */
export function emptySweep(open: OpenRecord, identity: string, engine: SweepRecord['engine']): SweepRecord {
  const { alpha, rho } = open.record.settings;
  return {
    schema: sweepSchemaName,
    version: sweepVersion,
    program,
    created: new Date().toISOString(),
    run: { record: open.path, sha256: identity, alpha, rho, neurons: open.layout.total },
    engine,
    anchors: [],
    references: open.record.measurements.slice(0, 2).map(({ name, all, targets, heldOut }) => ({
      ...{ name, all, targets },
      ...(heldOut && { heldOut }),
    })),
    points: [],
    notes: [],
  };
}

/**
 * Adds a point to the points of the run that were measured by the same engine, in place of an earlier measuring of it.
 *
 * @returns the path of the sweep record that holds it
 * @throws InputError when it cannot be written
 */
export async function keepPoint(
  open: OpenRecord,
  point: MeasuredPoint,
  engine: SweepRecord['engine'],
): Promise<string> {
  const identity = runIdentity(open);
  for (let turn = 1; ; turn++) {
    const path = measuredPathFor(open.path, turn);
    const { json, lock } = sweepPaths(path);
    const what = `The sweep record "${json}"`;
    const kept = await Lock.during(lock, { what, work: 'another measurement', long: false }, async () => {
      const there = await exists(json);
      // What cannot be read is somebody's, and stays.
      const found = there ? await readSweep(json).catch(() => undefined) : emptySweep(open, identity, engine);
      if (found === undefined || !takes(found, identity, engine)) return false;
      const points = [...found.points.filter((each) => pointKey(each) !== pointKey(point)), point];
      await writeSweep(json, { ...found, points, created: new Date().toISOString() }, there);
      return true;
    });
    if (kept) return path;
  }
}
