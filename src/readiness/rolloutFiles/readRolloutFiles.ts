import type { Dict, Value } from '../../calibration/chat/jinja/values/values.ts';
import { isDict } from '../../calibration/chat/jinja/values/values.ts';
import { openRowFile } from '../../calibration/rows/openRowFile.ts';
import { type Row, type RowFile, rowPlace } from '../../calibration/rows/row.ts';
import { InputError, Interrupted } from '../../errors.ts';
import { quotedPath } from '../../files/reading/shown.ts';
import { refusePickled } from './pickled.ts';
import { type ChosenColumns, describeColumns, detectColumns, type RolloutColumns } from './rolloutColumns.ts';
import { RolloutFault, readRolloutRow } from './rolloutRow.ts';
import { RolloutGroups, type RolloutTable } from './rolloutTable.ts';

/* Reads what an RL framework wrote while it sampled, or anybody's table of prompts and answers: JSONL, JSON or Parquet. */

/** Rows by which columns are told: the first may lack what others have. */
const headRows = 32;

export interface RolloutFileOptions {
  readonly columns: ChosenColumns;
  /** Only rows of this step of the training. */
  readonly step?: number | undefined;
  readonly signal: AbortSignal;
}

/**
 * Reads files of rollouts and groups their answers by prompt.
 *
 * @param paths at least one
 * @throws InputError naming file and row when one cannot be read, is a pickle, or has no prompts and responses; Interrupted
 */
export async function readRolloutFiles(
  paths: readonly string[],
  { columns, step, signal }: RolloutFileOptions,
): Promise<RolloutTable> {
  const groups = new RolloutGroups(step);
  const notes: string[] = [];
  for (const [index, path] of paths.entries()) {
    refusePickled(path);
    const file = await openRowFile(index, path);
    try {
      const found = await readFile(file, path, columns, groups, signal);
      if (step !== undefined && found.step === null) {
        throw new InputError(
          `${quotedPath(path)} has no column of steps, so --rollout-step cannot choose among its rows.`,
        );
      }
      notes.push(`${quotedPath(path)}: ${describeColumns(found)}.`);
      file.checkUnchanged();
    } finally {
      file.close();
    }
  }
  const table = groups.table();
  return { ...table, notes: [...notes, ...table.notes] };
}

async function readFile(
  file: RowFile,
  path: string,
  chosen: ChosenColumns,
  groups: RolloutGroups,
  signal: AbortSignal,
): Promise<RolloutColumns> {
  let columns: RolloutColumns | undefined;
  let head: { readonly row: Row; readonly value: Value }[] = [];
  const add = (row: Row, value: Value, known: RolloutColumns) => {
    const place = rowPlace(path, row.unit, row.number);
    try {
      groups.add(readRolloutRow(value, known), row.number, place);
    } catch (error) {
      if (error instanceof RolloutFault) throw new InputError(`${place}: ${error.message}.`, { cause: error });
      throw error;
    }
  };
  const begin = (): RolloutColumns => {
    const objects = head.map(({ value }) => value).filter((value): value is Dict => isDict(value));
    if (objects.length === 0) throw new InputError(`${quotedPath(path)} holds no rows that are objects.`);
    const found = detectColumns(objects, chosen, path);
    for (const { row, value } of head) add(row, value, found);
    head = [];
    return found;
  };
  for await (const row of file.readAll()) {
    if (signal.aborted) throw new Interrupted('Stopped while reading rollouts.');
    const value = row.read();
    if (columns !== undefined) add(row, value, columns);
    else if (head.push({ row, value }) === headRows) columns = begin();
  }
  return columns ?? begin();
}
