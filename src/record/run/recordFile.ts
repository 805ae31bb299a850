import { basename } from 'node:path';
import { InputError } from '../../errors.ts';
import { exists } from '../../files/reading/exists.ts';
import { ChangedInput, type FileIdentity, isSame } from '../../files/reading/fileIdentity.ts';
import { inputKinds } from '../../files/reading/inputKind.ts';
import { hashInput } from '../../files/reading/readInput.ts';
import { shown } from '../../files/reading/shown.ts';
import { stageFile, writeFileWhole } from '../../files/writing/stagedFile.ts';
import type { NeuronLayout } from '../../method/neuronLayout.ts';
import type { RecordArrays } from '../arrays/arrays.ts';
import { locateArrays, readLocated, stageArrays } from '../arrays/arraysFile.ts';
import { faultIn } from '../recordFault.ts';
import { publishHalves } from '../recordHalves.ts';
import { parseRecordText, readRecordText } from '../recordJson.ts';
import { untilStill } from '../untilStill.ts';
import { checkArrays } from './check/recordArraysCheck.ts';
import { checkRecord } from './check/recordCheck.ts';
import { runRecordKind, stagedRecord } from './cutOffWrite.ts';
import { recordArraySpecs } from './recordArrays.ts';
import { type RecordPaths, recordPaths } from './recordPaths.ts';
import { type RunRecord, recordSchema } from './runRecord.ts';

/* Reads and writes run records: the JSON half, and the arrays file beside it. */

/** A run record as read: both halves, checked against each other. */
export interface OpenRecord {
  /** Absolute path of the JSON half. */
  readonly path: string;
  readonly record: RunRecord;
  readonly layout: NeuronLayout;
  readonly arrays: RecordArrays;
}

/** The JSON half before its arrays have a hash. */
export type RecordDraft = Omit<RunRecord, 'arrays'>;

/**
 * Writes both halves, each first under a temporary name. The arrays take their name first, then the JSON that names
 * their hash; a reader who finds the arrays of a write that was cut off between the two takes the staged JSON. The caller
 * must hold the record's lock.
 *
 * @param replace what is there; without, somebody's record that came to be there stays as it is
 * @throws InputError when the place cannot be written or the disk is full; nothing has changed then
 */
export async function writeRecord(
  path: string,
  draft: RecordDraft,
  layout: NeuronLayout,
  arrays: RecordArrays,
  replace = true,
): Promise<RunRecord> {
  const paths = recordPaths(path);
  const stagedArrays = await stageArrays(paths.arrays, recordArraySpecs(draft, layout), arrays);
  try {
    const record = recordSchema.parse({
      ...draft,
      arrays: { file: basename(paths.arrays), sha256: stagedArrays.sha256 },
    });
    const { file } = await stageFile(paths.json, [bytesOf(record)]);
    await publishHalves(paths.arrays, stagedArrays.file, file, replace);
    return record;
  } finally {
    await stagedArrays.file.discard();
  }
}

function bytesOf(record: RunRecord): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(record, null, 1)}\n`);
}

/** Replaces the JSON half alone; its arrays stay as they are. The caller must hold the record's lock. */
export async function rewriteRecord(path: string, record: RunRecord): Promise<void> {
  await writeFileWhole(recordPaths(path).json, bytesOf(recordSchema.parse(record)), true);
}

const kind = runRecordKind;

/** The JSON half whose hash fits the arrays file: the one there, or a staged one that a cut-off write left. */
async function matchingRecord(
  json: string,
  arrays: string,
): Promise<{ readonly record: RunRecord; readonly identity: FileIdentity }> {
  if ((await exists(arrays)) && !(await exists(json))) {
    const { sha256, identity } = await hashInput(arrays, inputKinds.arrays);
    const staged = await stagedRecord(json, sha256);
    if (staged !== undefined) return { record: staged.record, identity };
  }
  let text = await readRecordText(json);
  for (;;) {
    const record = parseRecordText(json, text, kind);
    if (record.arrays.file !== basename(arrays)) {
      throw new InputError(
        `"${json}" belongs to the arrays file ${shown(record.arrays.file)}: a record's two files must keep their names.`,
      );
    }
    if (!(await exists(arrays))) {
      throw new InputError(`The record's arrays file "${arrays}" is missing: keep both files side by side.`);
    }
    const { sha256, identity } = await hashInput(arrays, inputKinds.arrays);
    if (sha256 === record.arrays.sha256) return { record, identity };
    const staged = await stagedRecord(json, sha256);
    if (staged !== undefined) return { record: staged.record, identity };
    // A writer that gave both their names since the JSON was read.
    const again = await readRecordText(json);
    if (again === text) break;
    text = again;
  }
  throw new InputError(
    `"${json}" and "${arrays}" do not belong together (the arrays' SHA-256 differs): one of them was replaced or damaged.`,
  );
}

/**
 * Reads and validates the JSON half alone, for lists of records. Its arrays may be missing or belong to another.
 *
 * @throws InputError saying what is wrong with the file
 */
export async function readRecordJson(path: string): Promise<RunRecord> {
  const { json } = recordPaths(path);
  const record = parseRecordText(json, await readRecordText(json), kind);
  try {
    checkRecord(record);
    return record;
  } catch (error) {
    throw faultIn(json, kind.what, error);
  }
}

/**
 * Reads and validates a run record; the models are not needed.
 *
 * @param path of `NAME.rejuvenation.json`
 * @throws InputError saying what is wrong with which file
 */
export async function readRecord(path: string): Promise<OpenRecord> {
  return untilStill(() => readOnce(recordPaths(path)));
}

async function readOnce(paths: RecordPaths): Promise<OpenRecord> {
  const { record, identity } = await matchingRecord(paths.json, paths.arrays);
  try {
    const layout = checkRecord(record);
    const located = await locateArrays(paths.arrays, recordArraySpecs(record, layout), inputKinds.arrays);
    if (!isSame(located.identity, identity)) throw new ChangedInput(paths.arrays, 'while it was read');
    const arrays = await readLocated(located, located.places.keys());
    checkArrays(record, layout, arrays);
    return { path: paths.json, record, layout, arrays };
  } catch (error) {
    throw faultIn(paths.json, kind.what, error);
  }
}
