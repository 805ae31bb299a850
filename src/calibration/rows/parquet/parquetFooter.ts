import { type FileMetaData, parquetMetadata, parquetSchema, type RowGroup, type SchemaTree } from 'hyparquet';
import { InputError } from '../../../errors.ts';
import type { InputFile } from '../../../files/reading/inputFile.ts';
import { quotedPath, shown, shownBytes, shownReason } from '../../../files/reading/shown.ts';
import { codecs } from './codecs.ts';
import { parsers } from './leafValues.ts';

/* Reads and checks what a Parquet file says of itself at its end. */

/** A file of 10,000 row groups with 20 columns has some tens of MB. */
const maxFooterBytes = 256e6;
/** Data sets have some hundred columns at most. */
const maxColumns = 10_000;
/** More rows than any data set's file has. */
const maxRows = 1e9;

export interface ParquetFooter {
  readonly schema: SchemaTree;
  readonly groups: readonly ParquetGroup[];
}

export interface ParquetGroup {
  readonly rows: number;
  /** Length of a row, unpacked, on the average. */
  readonly rowBytes: number;
  readonly columns: RowGroup['columns'];
}

/** What a broken file makes of the library is said as its reason. */
export function parquetFault(error: unknown, path: string): unknown {
  if (error instanceof InputError || !(error instanceof Error)) return error;
  return new InputError(
    `${quotedPath(path)} is a damaged Parquet file, or of a kind that is not read (${shownReason(error.message)}). ` +
      'Download or copy it again, or write it anew, for example with pandas.',
    { cause: error },
  );
}

/** @throws InputError when it is cut off, damaged, or has what is not read */
export function readFooter(input: InputFile, path: string): ParquetFooter {
  const end = new Uint8Array(8);
  if (input.byteLength >= 12) input.read(end, input.byteLength - 8);
  if (Buffer.from(end).toString('latin1', 4) !== 'PAR1') {
    throw new InputError(
      `${quotedPath(path)} begins as Parquet but does not end so: it is cut off or still being written. Download or copy it again.`,
    );
  }
  const length = new DataView(end.buffer).getUint32(0, true);
  if (length > input.byteLength - 12 || length > maxFooterBytes) {
    throw new InputError(
      `${quotedPath(path)} is a damaged Parquet file: its footer is said to have ${shownBytes(length)}.`,
    );
  }
  try {
    const bytes = new Uint8Array(length + 8);
    input.read(bytes, input.byteLength - 8 - length);
    const metadata = parquetMetadata(bytes, { parsers, geoparquet: false });
    const schema = parquetSchema(metadata);
    checkSchema(metadata, schema);
    return { schema, groups: groupsOf(metadata, input.byteLength) };
  } catch (error) {
    throw parquetFault(error, path);
  }
}

function checkSchema(metadata: FileMetaData, schema: SchemaTree): void {
  if (metadata.schema.length > maxColumns) throw new Error(`its schema has ${metadata.schema.length} parts`);
  const check = ({ children }: SchemaTree) => {
    const names = new Set<string>();
    for (const child of children) {
      const { name } = child.element;
      if (name === '__proto__' || names.has(name))
        throw new Error(`it has a column ${shown(name)} ${name === '__proto__' ? '' : 'twice'}`.trim());
      names.add(name);
      check(child);
    }
  };
  if (schema.count !== metadata.schema.length || schema.children.length === 0) throw new Error('its schema is broken');
  check(schema);
}

function groupsOf({ row_groups: groups }: FileMetaData, byteLength: number): ParquetGroup[] {
  let total = 0;
  return groups.map(({ num_rows: count, total_byte_size: size, columns }) => {
    const rows = Number(count);
    if (!Number.isSafeInteger(rows) || rows < 0) throw new Error(`a row group has ${count} rows`);
    total += rows;
    if (total > maxRows) throw new Error(`it is said to have more than ${maxRows.toLocaleString('en-US')} rows`);
    if (rows > 0) for (const column of columns) checkColumn(column, byteLength);
    return { rows, rowBytes: rows === 0 ? 0 : Math.max(Math.round(Number(size) / rows) || 0, 0), columns };
  });
}

function checkColumn(column: RowGroup['columns'][number], byteLength: number): void {
  const { meta_data: data } = column;
  if (column.crypto_metadata !== undefined) throw new Error('a column is encrypted');
  if (data === undefined || column.file_path !== undefined) throw new Error('a column lies elsewhere');
  const name = shown(data.path_in_schema.join('.'));
  if (!codecs.includes(data.codec))
    throw new Error(`the column ${name} is compressed by ${data.codec ?? 'an unknown codec'}`);
  const start = Number(data.dictionary_page_offset || data.data_page_offset);
  const end = start + Number(data.total_compressed_size);
  if (!(start >= 4 && end >= start && end <= byteLength)) throw new Error(`the column ${name} lies outside the file`);
}
