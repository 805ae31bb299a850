import type { ColumnMetaData, DecodedArray, SchemaTree } from 'hyparquet';
// Page by page, which the package's own entry does not offer: it holds whole column chunks, and one may have gigabytes.
import { parquetHeader, readPage } from 'hyparquet/src/column.js';
import { convert } from 'hyparquet/src/convert.js';
import { getMaxRepetitionLevel } from 'hyparquet/src/schema.js';
import type { InputFile } from '../../../files/reading/inputFile.ts';
import { shownBytes } from '../../../files/reading/shown.ts';
import { compressors } from './codecs.ts';
import { leafKind, parsers, takeLeaf } from './leafValues.ts';
import { rowsBegun, unwantedRow } from './pageRows.ts';

/* Goes forward through one column of one row group, and holds one page of it at a time. */

type Decoder = Parameters<typeof readPage>[2];
type PageHeader = ReturnType<typeof parquetHeader>;

/** Enough for most page headers; those with long statistics are read again. */
const headerBytes = 4096;
const maxHeaderBytes = 16 * 2 ** 20;
/** Pages usually have 1 MB. */
const maxPageBytes = 2 ** 29;
/** Pages usually have some thousand; memory for them is taken before they are read. */
const maxPageValues = 2 ** 26;

export class ColumnCursor {
  readonly #input: InputFile;
  readonly #decoder: Decoder;
  /** Rows may begin on one page and end on a later one. */
  readonly #repeated: boolean;
  readonly #kind: ReturnType<typeof leafKind>;
  #position: number;
  readonly #end: number;
  #dictionary: DecodedArray | undefined;
  /** Rows of the page that is held, and the index of the first. */
  #rows: ArrayLike<unknown> = [];
  #first = 0;
  #packed = new Uint8Array(0);
  /** The last row, when the next page may go on with it. */
  #open: unknown[] | undefined;

  constructor(input: InputFile, chunk: ColumnMetaData, schemaPath: SchemaTree[]) {
    this.#input = input;
    const leaf = schemaPath.at(-1)!;
    const { type, codec, path_in_schema: pathInSchema } = chunk;
    this.#decoder = { pathInSchema, type, codec, element: leaf.element, schemaPath, parsers, compressors };
    this.#repeated = getMaxRepetitionLevel(schemaPath) > 0;
    this.#kind = leafKind(leaf.element, pathInSchema.join('.'));
    // Zero stands for none in some writers' files.
    this.#position = Number(chunk.dictionary_page_offset || chunk.data_page_offset);
    this.#end = this.#position + Number(chunk.total_compressed_size);
  }

  /**
   * The column's part of some rows, as {@link takeLeaf} gives it.
   * @param indices of the rows in the row group, ascending and behind all that were taken before
   * @throws Error when the file is broken
   */
  take(indices: readonly number[]): unknown[] {
    return indices.map((index) => {
      while (index >= this.#first + this.#rows.length) this.#advance(index);
      return takeLeaf(this.#rows[index - this.#first], this.#kind);
    });
  }

  /** Goes on to the next page. @param wanted rows before it need not be there */
  #advance(wanted: number): void {
    this.#first += this.#rows.length;
    this.#rows = [];
    for (;;) {
      if (this.#position >= this.#end) {
        if (this.#open === undefined)
          throw new Error(`the column "${this.#kind.path}" ends before row ${wanted + 1} of its group`);
        this.#rows = this.#open;
        this.#open = undefined;
        return;
      }
      const { header, start } = this.#readHeader();
      this.#position = start + header.compressed_page_size;
      if (header.type === 'DICTIONARY_PAGE') {
        const { data } = this.#readPage(header, start, undefined);
        if (data !== undefined) this.#dictionary = convert(data, this.#decoder);
      } else if (header.type === 'DATA_PAGE' || header.type === 'DATA_PAGE_V2') {
        if (this.#advanceInto(header, start, wanted)) return;
      }
    }
  }

  /** @returns whether rows are held now, or were passed over */
  #advanceInto(header: PageHeader, start: number, wanted: number): boolean {
    const rows =
      header.data_page_header_v2?.num_rows ?? (this.#repeated ? undefined : header.data_page_header?.num_values);
    if (rows !== undefined && rows >= 0) {
      // Such pages begin with a row.
      const next = this.#first + (this.#open?.length ?? 0);
      if (next + rows <= wanted) {
        this.#first = next + rows;
        this.#open = undefined;
        return true;
      }
    }
    if (rows === undefined && this.#passOver(header, start, wanted)) return true;
    const { data } = this.#readPage(header, start, this.#open);
    if (data === undefined || data.length === 0) return false;
    if (!this.#repeated) {
      this.#rows = data;
      return true;
    }
    const all = data as unknown[];
    this.#open = all.slice(-1);
    this.#rows = all.slice(0, -1);
    return this.#rows.length > 0;
  }

  /** Passes over a page of a column with lists when the last row that begins on it is not wanted yet. @returns whether it did */
  #passOver(header: PageHeader, start: number, wanted: number): boolean {
    const bytes = this.#pageBytes(header);
    this.#input.read(bytes, start);
    const begun = rowsBegun(bytes, header, this.#decoder);
    const last = this.#first + (this.#open?.length ?? 0) + begun - 1;
    if (begun === 0 || last >= wanted) return false;
    this.#first = last;
    this.#open = [unwantedRow()];
    return true;
  }

  #readPage(header: PageHeader, start: number, previous: unknown[] | undefined) {
    const bytes = this.#pageBytes(header);
    this.#input.read(bytes, start);
    const reader = { view: new DataView(bytes.buffer, 0, bytes.length), offset: 0 };
    return readPage(reader, header, this.#decoder, this.#dictionary, previous, 0);
  }

  /** Memory for a page; the same again where values are views into what it is unpacked to, and not into it. */
  #pageBytes({ type, compressed_page_size: size }: PageHeader): Uint8Array<ArrayBuffer> {
    if (type !== 'DATA_PAGE' || this.#decoder.codec === 'UNCOMPRESSED') return new Uint8Array(size);
    if (this.#packed.length < size) this.#packed = new Uint8Array(Math.ceil(1.25 * size));
    return this.#packed.subarray(0, size);
  }

  /** @returns the header, and where its page begins */
  #readHeader(): { readonly header: PageHeader; readonly start: number } {
    for (let most = headerBytes; ; most *= 16) {
      const bytes = new Uint8Array(Math.min(most, this.#end - this.#position));
      this.#input.read(bytes, this.#position);
      const reader = { view: new DataView(bytes.buffer), offset: 0 };
      try {
        const header = parquetHeader(reader);
        const start = this.#position + reader.offset;
        this.#check(header, start);
        return { header, start };
      } catch (error) {
        if (error instanceof BrokenPage || most >= maxHeaderBytes || bytes.length < most) throw error;
      }
    }
  }

  #check(header: PageHeader, start: number): void {
    const { compressed_page_size: stored, uncompressed_page_size: unpacked } = header;
    const isSize = (size: unknown) => Number.isSafeInteger(size) && (size as number) >= 0;
    if (!isSize(stored) || !isSize(unpacked) || start + stored > this.#end) {
      throw new BrokenPage(`a page of the column "${this.#kind.path}" has no possible size`);
    }
    const { data_page_header: first, data_page_header_v2: second, dictionary_page_header: dictionary } = header;
    for (const count of [first?.num_values, second?.num_values, second?.num_rows, dictionary?.num_values]) {
      if (count === undefined || (isSize(count) && count <= maxPageValues)) continue;
      throw new BrokenPage(`a page of the column "${this.#kind.path}" is said to have ${count} values`);
    }
    if (Math.max(stored, unpacked) > maxPageBytes) {
      throw new BrokenPage(
        `a page of the column "${this.#kind.path}" has ${shownBytes(Math.max(stored, unpacked))}, more than the ` +
          `${shownBytes(maxPageBytes)} that are held at once`,
      );
    }
  }
}

class BrokenPage extends Error {}
