import { Lock } from '../../files/locks/lock.ts';
import { removeStagedFiles, writeFileWhole } from '../../files/writing/stagedFile.ts';
import { faultIn } from '../recordFault.ts';
import { parseRecordText, type RecordKind, readRecordText, recordLines } from '../recordJson.ts';
import { checkReadiness } from './readinessCheck.ts';
import { readinessPaths } from './readinessPaths.ts';
import { type ReadinessRecord, readinessSchema, readinessSchemaName, readinessVersion } from './readinessRecord.ts';

/* Reads and writes readiness records. */

const kind: RecordKind<ReadinessRecord> = {
  what: 'readiness record',
  name: readinessSchemaName,
  version: readinessVersion,
  schema: readinessSchema,
  fromVersion1: (value) => value,
};

/** Takes a record for as long as it is being made. @throws InputError at once when another process has it */
export async function lockForReadiness(path: string): Promise<Lock> {
  const { lock } = readinessPaths(path);
  return Lock.acquire(lock, { what: `The readiness record "${path}"`, work: 'another readiness run', long: true });
}

/**
 * Writes a record: its place is old or complete at any time. The caller must hold its lock.
 *
 * @param replace what is there
 * @throws InputError when the place cannot be written or the disk is full; nothing has changed then
 */
export async function writeReadiness(path: string, record: ReadinessRecord, replace: boolean): Promise<void> {
  const { json } = readinessPaths(path);
  const checked = readinessSchema.parse(record);
  checkReadiness(checked);
  await removeStagedFiles(json);
  await writeFileWhole(json, new TextEncoder().encode(recordLines(checked, 'rows', 1)), replace);
}

/**
 * Reads and checks a record; the checkpoints are not needed.
 *
 * @throws InputError saying what is wrong with the file
 */
export async function readReadiness(path: string): Promise<ReadinessRecord> {
  const { json } = readinessPaths(path);
  const record = parseRecordText(json, await readRecordText(json), kind);
  try {
    checkReadiness(record);
    return record;
  } catch (error) {
    throw faultIn(json, kind.what, error);
  }
}
