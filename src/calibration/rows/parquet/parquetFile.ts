import type { DecodedArray, SchemaTree } from 'hyparquet';
import { assembleNested } from 'hyparquet/src/assemble.js';
import { getTreePath } from 'hyparquet/src/schema.js';
import { InputError } from '../../../errors.ts';
import type { InputFile } from '../../../files/reading/inputFile.ts';
import type { Value } from '../../chat/jinja/values/values.ts';
import { type OnBytes, type OnPlace, type Row, type RowFile, type RowPlace, rowPlace } from '../row.ts';
import { ColumnCursor } from './columnCursor.ts';
import { parsers } from './leafValues.ts';
import { BrokenTextFault, nestedValue } from './nestedValues.ts';
import { type ParquetFooter, type ParquetGroup, parquetFault, readFooter } from './parquetFooter.ts';

/* Rows of a Parquet file: counted by its footer, read page by page from the row groups that have wanted rows. */

/** Rows that are put together at once. */
const batchRows = 16;

/** A column of the table, and the cursors of all that is stored of it. */
interface Field {
  readonly node: SchemaTree;
  readonly leaves: ReadonlyMap<string, ColumnCursor>;
}

export class ParquetFile implements RowFile {
  readonly unit = 'row';
  readonly #path: string;
  readonly #file: number;
  readonly #input: InputFile;
  readonly #footer: ParquetFooter;

  private constructor(file: number, path: string, input: InputFile, footer: ParquetFooter) {
    this.#path = path;
    this.#file = file;
    this.#input = input;
    this.#footer = footer;
  }

  /** @throws InputError when the file is cut off, damaged, or has what is not read */
  static open(file: number, path: string, input: InputFile): ParquetFile {
    return new ParquetFile(file, path, input, readFooter(input, path));
  }

  get byteLength(): number {
    return this.#input.byteLength;
  }

  async scan(onPlace: OnPlace, onBytes: OnBytes): Promise<void> {
    let index = 0;
    for (const { rows, rowBytes } of this.#footer.groups) {
      for (const end = index + rows; index < end; index++) onPlace(index + 1, index, rowBytes);
    }
    onBytes(this.byteLength);
  }

  async *read(places: readonly RowPlace[]): AsyncGenerator<Row> {
    let first = 0;
    let next = 0;
    for (const group of this.#footer.groups) {
      const wanted: RowPlace[] = [];
      for (; next < places.length && places[next]!.start < first + group.rows; next++) wanted.push(places[next]!);
      if (wanted.length > 0) yield* this.#readGroup(group, first, wanted);
      first += group.rows;
    }
  }

  async *readAll(): AsyncGenerator<Row> {
    let first = 0;
    for (const group of this.#footer.groups) {
      const start = first;
      const places = function* () {
        for (let i = 0; i < group.rows; i++) yield { number: start + i + 1, start: start + i, bytes: group.rowBytes };
      };
      yield* this.#readGroup(group, first, places());
      first += group.rows;
    }
  }

  checkUnchanged(): void {
    this.#input.checkUnchanged();
  }

  close(): void {
    this.#input.close();
  }

  *#readGroup(group: ParquetGroup, first: number, places: Iterable<RowPlace>): Generator<Row> {
    let fields: readonly Field[] | undefined;
    let batch: RowPlace[] = [];
    const rows = () => {
      fields ??= this.#fields(group);
      const found = this.#rows(fields, first, batch);
      batch = [];
      return found;
    };
    for (const place of places) {
      batch.push(place);
      if (batch.length === batchRows) yield* rows();
    }
    if (batch.length > 0) yield* rows();
  }

  #fields(group: ParquetGroup): Field[] {
    const { schema } = this.#footer;
    try {
      return schema.children.map((node) => {
        const leaves = new Map<string, ColumnCursor>();
        for (const { meta_data: data } of group.columns) {
          if (data!.path_in_schema[0] !== node.element.name) continue;
          const path = getTreePath(schema, data!.path_in_schema);
          leaves.set(data!.path_in_schema.join('.'), new ColumnCursor(this.#input, data!, path));
        }
        return { node, leaves };
      });
    } catch (error) {
      throw parquetFault(error, this.#path);
    }
  }

  #rows(fields: readonly Field[], first: number, places: readonly RowPlace[]): Row[] {
    const indices = places.map(({ start }) => start - first);
    const table = new Map<SchemaTree, readonly unknown[]>();
    try {
      for (const { node, leaves } of fields) {
        const columns = new Map<string, DecodedArray>();
        for (const [path, cursor] of leaves) columns.set(path, cursor.take(indices));
        if (node.children.length > 0) assembleNested(columns, node, parsers);
        const values = columns.get(node.element.name);
        if (values === undefined) throw new Error(`the column "${node.element.name}" is missing from a row group`);
        table.set(node, values as unknown[]);
      }
    } catch (error) {
      throw parquetFault(error, this.#path);
    }
    return places.map((place, i) => this.#row(place, table, i));
  }

  #row(place: RowPlace, table: ReadonlyMap<SchemaTree, readonly unknown[]>, i: number): Row {
    const { number, bytes } = place;
    const read = (): Value => {
      try {
        return new Map(Array.from(table, ([node, values]) => [node.element.name, nestedValue(values[i], node)]));
      } catch (error) {
        if (!(error instanceof BrokenTextFault)) throw parquetFault(error, this.#path);
        throw new InputError(`${rowPlace(this.#path, this.unit, number)}: ${error.message}.`, { cause: error });
      }
    };
    return { file: this.#file, number, unit: this.unit, bytes, read };
  }
}
