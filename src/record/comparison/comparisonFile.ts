import { basename } from 'node:path';
import { InputError } from '../../errors.ts';
import { exists } from '../../files/reading/exists.ts';
import { shown } from '../../files/reading/shown.ts';
import { isJsonObject } from '../../files/reading/strictJson.ts';
import { stageFile } from '../../files/writing/stagedFile.ts';
import { type LocatedArrays, locateArrays } from '../arrays/arraysFile.ts';
import type { StagedArrays } from '../arrays/stagedArrays.ts';
import { faultIn } from '../recordFault.ts';
import { publishHalves, stagedTexts } from '../recordHalves.ts';
import { parseRecordText, type RecordKind, readRecordText, recordLines } from '../recordJson.ts';
import { samplesFromVersion1 } from '../sampleResponses.ts';
import { untilStill } from '../untilStill.ts';
import { comparisonArraySpecs, comparisonSizes } from './comparisonArrays.ts';
import { checkComparison } from './comparisonCheck.ts';
import { comparisonPaths } from './comparisonPaths.ts';
import {
  type ComparisonRecord,
  comparisonSchema,
  comparisonSchemaName,
  comparisonVersion,
} from './comparisonRecord.ts';

/* Reads and writes comparison records: the JSON half, and the arrays file beside it. */

const kind: RecordKind<ComparisonRecord> = {
  what: 'comparison record',
  name: comparisonSchemaName,
  version: comparisonVersion,
  schema: comparisonSchema,
  fromVersion1: ({ output, ...rest }) =>
    isJsonObject(output)
      ? { ...rest, output: samplesFromVersion1(output) }
      : { ...rest, ...(output !== undefined && { output }) },
};

/** A comparison record as read: its JSON half, and where its arrays lie. */
export interface OpenComparison {
  /** Absolute path of the JSON half. */
  readonly path: string;
  readonly record: ComparisonRecord;
  readonly arrays: LocatedArrays;
  /** Where the JSON half lies when a write was cut off before it got its name. */
  readonly staged?: string;
}

/** In the arrays file's metadata: which record it belongs to. */
export const idKey = 'comparison';

/**
 * Writes the JSON half and publishes both, the arrays first. A reader who finds the arrays of a write that was cut off
 * between the two takes the staged JSON. The caller must hold the record's lock.
 *
 * @param arrays complete, staged beside `path`; its id must be the record's
 * @param replace what is there; without, somebody's record that came to be there stays as it is
 * @throws InputError when the place cannot be written or the disk is full; nothing has changed then
 */
export async function writeComparison(
  path: string,
  record: ComparisonRecord,
  arrays: StagedArrays,
  replace = true,
): Promise<void> {
  const checked = comparisonSchema.parse(record);
  const paths = comparisonPaths(path);
  const { file } = await stageFile(paths.json, [new TextEncoder().encode(recordLines(checked, 'differences', 2))]);
  await publishHalves(paths.arrays, arrays, file, replace);
}

function checked(path: string, text: string, shownPath = path): ComparisonRecord {
  const record = parseRecordText(path, text, kind);
  try {
    checkComparison(record);
    return record;
  } catch (error) {
    throw faultIn(shownPath, kind.what, error);
  }
}

/**
 * Reads and validates the JSON half alone, for lists of records. Its arrays may be missing or belong to another.
 *
 * @throws InputError saying what is wrong with the file
 */
export async function readComparisonJson(path: string): Promise<ComparisonRecord> {
  const { json } = comparisonPaths(path);
  return checked(json, await readRecordText(json));
}

async function locate(path: string, record: ComparisonRecord): Promise<LocatedArrays> {
  return locateArrays(path, comparisonArraySpecs(comparisonSizes(record)));
}

/**
 * Reads and validates a comparison record; the checkpoints are not needed. Of its arrays only the header is read.
 *
 * @param path of `NAME.comparison.json`
 * @throws InputError saying what is wrong with which file
 */
export async function readComparison(path: string): Promise<OpenComparison> {
  return untilStill(() => readOnce(path));
}

async function readOnce(path: string): Promise<OpenComparison> {
  const paths = comparisonPaths(path);
  if (!(await exists(paths.json))) {
    const first = await stagedComparison(paths.json, paths.arrays);
    if (first !== undefined) return first;
  }
  const record = await readComparisonJson(path);
  if (record.arrays.file !== basename(paths.arrays)) {
    throw new InputError(
      `"${paths.json}" belongs to the arrays file ${shown(record.arrays.file)}: a record's two files must keep their names.`,
    );
  }
  if (!(await exists(paths.arrays))) {
    throw new InputError(`The record's arrays file "${paths.arrays}" is missing: keep both files side by side.`);
  }
  // What fits no record in shape may still be the newer half of a write that was cut off.
  const located = await locate(paths.arrays, record).catch((error: unknown) => error);
  if (!(located instanceof Error)) {
    const arrays = located as LocatedArrays;
    if (arrays.metadata.get(idKey) === record.arrays.id) return { path: paths.json, record, arrays };
  }
  const newer = await stagedComparison(paths.json, paths.arrays);
  if (newer !== undefined) return newer;
  if (located instanceof Error) throw located;
  throw new InputError(
    `"${paths.json}" and "${paths.arrays}" do not belong together: one of them was replaced by another record's.`,
  );
}

/** The record whose JSON half a cut-off write left under its temporary name, when the arrays are its own. */
export async function stagedComparison(json: string, path: string): Promise<OpenComparison | undefined> {
  for (const staged of await stagedTexts(json)) {
    try {
      const record = checked(staged.path, await readRecordText(staged.path), json);
      const arrays = await locate(path, record);
      if (arrays.metadata.get(idKey) === record.arrays.id) return { path: json, record, arrays, staged: staged.path };
    } catch {
      // Being written, cut off while it was, or of another write.
    }
  }
  return undefined;
}
