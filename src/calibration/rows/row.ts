import { quotedPath } from '../../files/reading/shown.ts';
import type { Value } from '../chat/jinja/values/values.ts';

/* What a calibration file is made of: rows, whatever container they lie in. */

/** What a row is called in its container: a line of JSONL, an element of a JSON array, a row of Parquet. */
export type RowUnit = 'line' | 'element' | 'row';

/** One row of a calibration file, before its shape is known. */
export interface Row {
  /** Index into the files that were given. */
  readonly file: number;
  /** 1-based: line of JSONL, element of a JSON array, row of Parquet. */
  readonly number: number;
  readonly unit: RowUnit;
  /** Its length in the file; of compressed files unpacked, of Parquet on the average. */
  readonly bytes: number;
  /**
   * The row as Python has it: whole numbers are `bigint`, objects `Map`s in their order.
   * @throws InputError naming file and row when it is not what its container says
   */
  read(): Value;
}

/** Where a row lies in its file. */
export interface RowPlace {
  /** As in {@link Row}. */
  readonly number: number;
  /** Text: offset of its first byte, unpacked. Parquet: index of the row. */
  readonly start: number;
  readonly bytes: number;
}

/** Hears of one row after the other; a call each, since there may be hundreds of millions. */
export type OnPlace = (number: number, start: number, bytes: number) => void;

/** Hears how many bytes of the file are done. */
export type OnBytes = (done: number) => void;

/** A calibration file that is open. */
export interface RowFile {
  readonly unit: RowUnit;
  /** Its length on the disk. */
  readonly byteLength: number;
  /**
   * Finds every row, in order, without reading what is in it.
   * @throws InputError when the container is broken
   */
  scan(onPlace: OnPlace, onBytes: OnBytes): Promise<void>;
  /** Reads some rows. @param places ascending */
  read(places: readonly RowPlace[]): AsyncIterable<Row>;
  /** Reads all rows, in order. */
  readAll(): AsyncIterable<Row>;
  /** @throws ChangedInput when it was written to since it was opened */
  checkUnchanged(): void;
  close(): void;
}

/** `"pairs.jsonl", line 3`: where a row is, for messages. */
export function rowPlace(path: string, unit: RowUnit, number: number): string {
  return `${quotedPath(path)}, ${unit} ${number}`;
}
