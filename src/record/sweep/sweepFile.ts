import { basename, resolve } from 'node:path';
import { InputError } from '../../errors.ts';
import { shownReason } from '../../files/reading/shown.ts';
import { writeFileWhole } from '../../files/writing/stagedFile.ts';
import { RecordFault } from '../recordFault.ts';
import { parseRecordText, type RecordKind, readRecordText } from '../recordJson.ts';
import { checkSweep } from './sweepCheck.ts';
import { type SweepRecord, sweepSchema, sweepSchemaName, sweepVersion } from './sweepRecord.ts';

/* Names, reads and writes sweep records. */

export const sweepSuffix = '.sweep.json';

/** A sweep record beside the run record that it is of. */
export interface RunSweep {
  /** File's name. */
  readonly name: string;
  readonly record: SweepRecord;
}

/** The files that belong to one sweep record. */
export interface SweepPaths {
  readonly json: string;
  /** What an unfinished sweep has measured. */
  readonly partial: string;
  readonly lock: string;
}

/**
 * @param path of `NAME.sweep.json`
 * @throws InputError for another ending
 */
export function sweepPaths(path: string): SweepPaths {
  const json = resolve(path);
  const name = basename(json);
  if (!name.endsWith(sweepSuffix) || name === sweepSuffix) {
    throw new InputError(`The sweep record "${path}" must be named NAME${sweepSuffix}.`);
  }
  const stem = json.slice(0, -'.json'.length);
  return { json, partial: `${stem}.partial`, lock: `${stem}.lock` };
}

const kind: RecordKind<SweepRecord> = {
  what: 'sweep record',
  name: sweepSchemaName,
  version: sweepVersion,
  schema: sweepSchema,
  fromVersion1: (value) => value,
};

/** JSON with a line for each field, and for each point. */
function sweepJson(record: SweepRecord): string {
  const lines = Object.entries(record).map(([key, value]) => {
    const list = key === 'points' ? record.points.map((each) => JSON.stringify(each)).join(',\n') : undefined;
    return `${JSON.stringify(key)}: ${list === undefined ? JSON.stringify(value) : `[\n${list}\n]`}`;
  });
  return `{\n${lines.join(',\n')}\n}\n`;
}

/**
 * Writes a sweep record, whole or not at all.
 *
 * @param replace what is there
 * @throws InputError when the place cannot be written
 */
export async function writeSweep(path: string, record: SweepRecord, replace: boolean): Promise<void> {
  const text = sweepJson(sweepSchema.parse(record));
  await writeFileWhole(sweepPaths(path).json, new TextEncoder().encode(text), replace);
}

/**
 * Reads and checks a sweep record.
 *
 * @throws InputError saying what is wrong with it, and where
 */
export async function readSweep(path: string): Promise<SweepRecord> {
  const { json } = sweepPaths(path);
  const record = parseRecordText(json, await readRecordText(json), kind);
  try {
    checkSweep(record);
    return record;
  } catch (error) {
    if (!(error instanceof RecordFault)) throw error;
    throw new InputError(`"${json}" is not a valid sweep record: ${shownReason(error.message)}.`);
  }
}
