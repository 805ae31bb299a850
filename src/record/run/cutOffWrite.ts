import { dirname } from 'node:path';
import { exists } from '../../files/reading/exists.ts';
import { inputKinds } from '../../files/reading/inputKind.ts';
import { hashInput } from '../../files/reading/readInput.ts';
import { rename, unlink } from '../../files/writing/diskOperations.ts';
import { removeStagedFiles } from '../../files/writing/stagedFile.ts';
import { syncFolder } from '../../files/writing/syncFolder.ts';
import { writeFault } from '../../files/writing/writeFault.ts';
import { stagedTexts } from '../recordHalves.ts';
import { parseRecordText, type RecordKind, readRecordText } from '../recordJson.ts';
import { samplesFromVersion1 } from '../sampleResponses.ts';
import type { RecordPaths } from './recordPaths.ts';
import { type RunRecord, recordSchema, recordSchemaName, recordVersion } from './runRecord.ts';

/*
 * A record's arrays get their name first, then the JSON that holds their hash. Whoever was killed in between has left
 * that JSON under its temporary name; its hash tells that it is the one that belongs to the arrays.
 */

export const runRecordKind: RecordKind<RunRecord> = {
  what: 'run record',
  name: recordSchemaName,
  version: recordVersion,
  schema: recordSchema,
  fromVersion1: samplesFromVersion1,
};

type Halves = Pick<RecordPaths, 'json' | 'arrays'>;

/** The staged JSON half that names this hash of the arrays; undefined when there is none. */
export async function stagedRecord(
  json: string,
  sha256: string,
): Promise<{ readonly path: string; readonly record: RunRecord } | undefined> {
  for (const { path } of await stagedTexts(json)) {
    try {
      const record = parseRecordText(path, await readRecordText(path), runRecordKind);
      if (record.arrays.sha256 === sha256) return { path, record };
    } catch {
      // Being written, or cut off while it was.
    }
  }
  return undefined;
}

/** Whether the arrays are of a first write that was cut off before its JSON got its name, rather than somebody else's. */
export async function isCutOffFirstWrite({ json, arrays }: Halves): Promise<boolean> {
  if ((await exists(json)) || !(await exists(arrays)) || (await stagedTexts(json)).length === 0) return false;
  const { sha256 } = await hashInput(arrays, inputKinds.arrays);
  return (await stagedRecord(json, sha256)) !== undefined;
}

async function belongs({ json }: Halves, sha256: string): Promise<boolean> {
  try {
    const text = await readRecordText(json);
    return parseRecordText(json, text, runRecordKind).arrays.sha256 === sha256;
  } catch {
    return false;
  }
}

/**
 * Brings what killed processes left of a record in order: a write that was cut off between the halves' names is brought
 * to its end, and everything else that was staged is deleted. The caller must hold the record's lock.
 *
 * @param first what to do with the first write of a record: finish it, or, before a new run, take it back
 * @throws InputError when a file cannot be renamed or deleted
 */
export async function settleRecord(paths: Halves, first: 'finish' | 'take back'): Promise<void> {
  const { json, arrays } = paths;
  const abandoned = (await stagedTexts(json)).some((each) => each.abandoned);
  try {
    if (abandoned && (await exists(arrays))) {
      const { sha256 } = await hashInput(arrays, inputKinds.arrays);
      const staged = (await belongs(paths, sha256)) ? undefined : await stagedRecord(json, sha256);
      if (staged !== undefined) {
        if (first === 'finish' || (await exists(json))) await rename(staged.path, json);
        // The arrays first: without the JSON they would be somebody else's.
        else await unlink(arrays);
        await syncFolder(dirname(json));
      }
    }
  } catch (error) {
    throw writeFault(error, json);
  }
  await removeStagedFiles(json);
  await removeStagedFiles(arrays);
}
