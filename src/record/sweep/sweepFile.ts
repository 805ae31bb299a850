import { writeFileWhole } from '../../files/writing/stagedFile.ts';
import { faultIn } from '../recordFault.ts';
import { parseRecordText, type RecordKind, readRecordText, recordLines } from '../recordJson.ts';
import { recordName } from '../recordName.ts';
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
  const { json, stem } = recordName(path, sweepSuffix, 'sweep record');
  return { json, partial: `${stem}.partial`, lock: `${stem}.lock` };
}

const kind: RecordKind<SweepRecord> = {
  what: 'sweep record',
  name: sweepSchemaName,
  version: sweepVersion,
  schema: sweepSchema,
  fromVersion1: (value) => value,
};

/**
 * Writes a sweep record, whole or not at all.
 *
 * @param replace what is there
 * @throws InputError when the place cannot be written
 */
export async function writeSweep(path: string, record: SweepRecord, replace: boolean): Promise<void> {
  const text = recordLines(sweepSchema.parse(record), 'points', 1);
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
    throw faultIn(json, kind.what, error);
  }
}
