import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Value } from '../../../../src/calibration/chat/jinja/values/values.ts';
import { openRowFile } from '../../../../src/calibration/rows/openRowFile.ts';
import type { Row, RowPlace } from '../../../../src/calibration/rows/row.ts';
import { fixtures } from '../../../paths.ts';

/* Calibration files of every container that hold the same rows, and how tests read them. */

export const rowFixtures = join(fixtures, 'rows');

/** Names of the files that hold the rows of `rows.jsonl`. */
export const sameRows: readonly string[] = readdirSync(rowFixtures).filter(
  (name) => /\.(jsonl|json|parquet|gz)$/.test(name) && name !== 'other-kinds.parquet',
);

export async function allRows(path: string): Promise<Row[]> {
  const file = await openRowFile(0, path);
  try {
    const rows: Row[] = [];
    for await (const row of file.readAll()) rows.push(row);
    return rows;
  } finally {
    file.close();
  }
}

export async function allValues(path: string): Promise<Value[]> {
  return (await allRows(path)).map((row) => row.read());
}

/** Finds all rows by a scan, and reads those that are chosen by their place. */
export async function chosenValues(
  path: string,
  chosen: (place: RowPlace, index: number) => boolean,
): Promise<Value[]> {
  const file = await openRowFile(0, path);
  try {
    const places: RowPlace[] = [];
    await file.scan(
      (number, start, bytes) => void places.push({ number, start, bytes }),
      () => {},
    );
    const values: Value[] = [];
    for await (const row of file.read(places.filter(chosen))) values.push(row.read());
    return values;
  } finally {
    file.close();
  }
}
