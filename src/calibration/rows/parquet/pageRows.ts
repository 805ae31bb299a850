import type { readPage } from 'hyparquet/src/column.js';
import { decompressPage } from 'hyparquet/src/datapage.js';
import { readRleBitPackedHybrid } from 'hyparquet/src/encoding.js';
import { getMaxRepetitionLevel } from 'hyparquet/src/schema.js';

/* How many rows a page has, without reading its values: most pages of a large file hold no row that was drawn. */

type Header = Parameters<typeof readPage>[1];
type Decoder = Parameters<typeof readPage>[2];

/** Deeper than lists are nested in any schema that is read. */
const deepest = 64;

/**
 * Rows that begin on a page of a column with lists. Their number is nowhere said in pages of the first version: a row begins
 * where the repetition level is 0.
 * @param bytes as stored
 */
export function rowsBegun(bytes: Uint8Array, header: Header, { codec, compressors, schemaPath }: Decoder): number {
  const page = decompressPage(bytes, header.uncompressed_page_size, codec, compressors);
  const levels = new Uint8Array(header.data_page_header!.num_values);
  const width = 32 - Math.clz32(getMaxRepetitionLevel(schemaPath));
  readRleBitPackedHybrid(
    { view: new DataView(page.buffer, page.byteOffset, page.byteLength), offset: 0 },
    width,
    levels,
  );
  let rows = 0;
  for (const level of levels) if (level === 0) rows++;
  return rows;
}

/** A row that nobody wants, into which what a next page has of it can be put. */
export function unwantedRow(): unknown[] {
  let row: unknown[] = [];
  for (let depth = 0; depth < deepest; depth++) row = [row];
  return row;
}
