import { basename } from 'node:path';
import { compareSteps, stepNumbers } from '../../checkpoint/folder/stepName.ts';
import { InputError } from '../../errors.ts';
import { entropyEdges } from '../../readiness/statistics/entropyHistogram.ts';
import {
  mostRows,
  type ReadinessRecord,
  type ReadinessRow,
  readinessSchemaName,
  readinessVersion,
} from '../../record/readiness/readinessRecord.ts';
import { program } from '../../settings/programInfo.ts';
import type { FoundStep } from './trainingSteps.ts';

/*
 * The readiness record of a training that is followed: it has a row a step that was measured, and grows by one at a time. It is all that
 * is kept of a watch, so that one which was killed goes on by reading it.
 */

type Lines = NonNullable<ReadinessRecord['teacherForced']>;
type Files = NonNullable<Lines['training']>['files'];

/** What the record must have been measured on to be gone on with. */
export interface WatchedInputs {
  readonly training: Files | undefined;
  readonly heldOut: Files | undefined;
  /** Folder of the base; undefined without one. */
  readonly base: string | undefined;
}

/** What measuring steps brought. */
export interface Measured {
  readonly rows: readonly ReadinessRow[];
  readonly about: Lines;
  readonly notes: readonly string[];
  readonly seconds: number;
}

function sameHashes(one: Files | undefined, other: Files | undefined): boolean {
  const hashes = (files: Files | undefined) => (files ?? []).map(({ sha256 }) => sha256).join();
  return hashes(one) === hashes(other);
}

function another(path: string, why: string): InputError {
  return new InputError(
    `The readiness record "${path}" cannot be gone on with: ${why}. Choose another place with --out.`,
  );
}

/** @throws InputError when a record that is there is of something else than what is to be measured now */
export function checkContinued(
  path: string,
  record: ReadinessRecord,
  { training, heldOut, base }: WatchedInputs,
): void {
  const { rows, sampling, teacherForced, conditions } = record;
  if (sampling !== null || conditions.length > 0) throw another(path, '`readiness` made it, and `watch` did not');
  if (!sameHashes(teacherForced?.training?.files, training)) throw another(path, 'it has other training lines');
  if (!sameHashes(teacherForced?.heldOut?.files, heldOut)) throw another(path, 'it has other held-out lines');
  const known = rows.find(({ isBase }) => isBase)?.checkpoint?.folder;
  if (known !== base)
    throw another(path, known === undefined ? 'it has no base' : `its base is ${JSON.stringify(known)}`);
}

/** What the base is called beside the steps. */
export function baseName(folder: string): string {
  const name = basename(folder);
  return stepNumbers(name) === undefined ? name : folder;
}

/** The row of a step; undefined when it was not measured, or what was measured are not the files that lie there now. */
export function rowOfStep(record: ReadinessRecord | undefined, found: FoundStep): ReadinessRow | undefined {
  const row = record?.rows.find(({ name }) => name === found.name);
  if (row?.checkpoint?.folder !== found.folder) return undefined;
  const same = row.checkpoint.files.every(({ name, bytes, modified }) => {
    const file = found.files.get(name);
    return file?.bytes === bytes && file.modified === Date.parse(modified);
  });
  return same ? row : undefined;
}

/** That all rows tell of the same tokens. */
function checkSameTokens(path: string, { about, rows }: Measured, record: ReadinessRecord): void {
  const known = record.teacherForced!;
  for (const side of ['training', 'heldOut'] as const) {
    const [before, now] = [record.rows[0]![side]?.rows, rows[0]![side]?.rows];
    if (before !== now || known[side]?.samples !== about[side]?.samples) {
      throw another(
        path,
        `its rows are means over ${before} tokens, those of ${JSON.stringify(rows[0]!.name)} over ${now}`,
      );
    }
  }
}

/**
 * The record with the rows that are new: the base first, then the steps in their order. A step that was measured before under the same
 * name gives way.
 *
 * @param path for messages
 * @throws InputError when the new rows are means over other tokens, or the record is full
 */
export function grownRecord(path: string, record: ReadinessRecord | undefined, measured: Measured): ReadinessRecord {
  if (record !== undefined) checkSameTokens(path, measured, record);
  const { about, notes, seconds } = measured;
  const fresh = new Set(measured.rows.map(({ name }) => name));
  const rows = [...(record?.rows ?? []).filter(({ name }) => !fresh.has(name)), ...measured.rows];
  if (rows.length > mostRows) throw another(path, `it has ${mostRows} rows, as many as one holds`);
  rows.sort((a, b) => Number(b.isBase) - Number(a.isBase) || compareSteps(a.name, b.name));
  return {
    schema: readinessSchemaName,
    version: readinessVersion,
    program,
    created: record?.created ?? new Date().toISOString(),
    seconds: (record?.seconds ?? 0) + seconds,
    rows,
    teacherForced: record?.teacherForced ?? about,
    sampling: null,
    entropyEdges: [...entropyEdges],
    conditions: [],
    notes: [...new Set([...(record?.notes ?? []), ...notes])],
  };
}
