import type { InputFile } from '../../../files/reading/inputFile.ts';
import type { OnBytes, OnPlace, Row, RowFile, RowPlace, RowUnit } from '../row.ts';
import { jsonRow } from './jsonRow.ts';
import type { RowScanner } from './rowScanner.ts';
import type { TextSource } from './textSource.ts';

/* Rows of JSONL and of JSON arrays: found by a scanner, read by their place. */

/** Makes a scanner for one pass over the text. */
export type MakeScanner = (onPlace: OnPlace) => RowScanner;

interface TextFileOptions {
  /** Index into the files that were given. */
  readonly file: number;
  readonly path: string;
  readonly unit: RowUnit;
  readonly input: InputFile;
  readonly source: TextSource;
  readonly scanner: MakeScanner;
}

export class TextFile implements RowFile {
  readonly #options: TextFileOptions;

  constructor(options: TextFileOptions) {
    this.#options = options;
  }

  get unit(): RowUnit {
    return this.#options.unit;
  }

  get byteLength(): number {
    return this.#options.input.byteLength;
  }

  async scan(onPlace: OnPlace, onBytes: OnBytes): Promise<void> {
    const { source, scanner: make } = this.#options;
    const scanner = make(onPlace);
    for await (const chunk of source.chunks(onBytes)) scanner.push(chunk);
    scanner.end();
  }

  async *read(places: readonly RowPlace[]): AsyncGenerator<Row> {
    const { at } = this.#options.source;
    if (at === undefined) yield* this.#readThrough(places);
    else for (const place of places) yield this.#row(place, at(place.start, place.bytes));
  }

  async *readAll(): AsyncGenerator<Row> {
    const { source, scanner: make } = this.#options;
    let found: RowPlace[] = [];
    const scanner = make((number, start, bytes) => void found.push({ number, start, bytes }));
    const held = new HeldBytes();
    const rows = function* (this: TextFile) {
      for (const place of found) yield this.#row(place, held.copy(place));
      found = [];
      held.dropBefore(scanner.openStart);
    }.bind(this);
    for await (const chunk of source.chunks()) {
      held.add(chunk);
      scanner.push(chunk);
      yield* rows();
    }
    scanner.end();
    yield* rows();
  }

  checkUnchanged(): void {
    this.#options.input.checkUnchanged();
  }

  close(): void {
    this.#options.input.close();
  }

  #row(place: RowPlace, bytes: Buffer): Row {
    const { file, path, unit } = this.#options;
    return jsonRow(file, path, unit, place, bytes);
  }

  /** From the beginning up to the last place. */
  async *#readThrough(places: readonly RowPlace[]): AsyncGenerator<Row> {
    let next = 0;
    const held = new HeldBytes();
    for await (const chunk of this.#options.source.chunks()) {
      held.add(chunk);
      for (; next < places.length && held.has(places[next]!); next++) {
        yield this.#row(places[next]!, held.copy(places[next]!));
      }
      if (next === places.length) return;
      held.dropBefore(places[next]!.start);
    }
  }
}

/** The part of a text that came in chunks and is still wanted. */
class HeldBytes {
  #parts: Buffer[] = [];
  /** Offsets of the first part and of what comes next. */
  #start = 0;
  #end = 0;

  /** The chunk's memory may be used again. */
  add(chunk: Buffer): void {
    this.#parts.push(Buffer.from(chunk));
    this.#end += chunk.length;
  }

  has({ start, bytes }: RowPlace): boolean {
    return start + bytes <= this.#end;
  }

  copy({ start, bytes }: RowPlace): Buffer {
    const copied = Buffer.allocUnsafe(bytes);
    let at = this.#start;
    for (const part of this.#parts) {
      const from = Math.max(start - at, 0);
      const to = Math.min(start + bytes - at, part.length);
      if (from < to) part.copy(copied, at + from - start, from, to);
      at += part.length;
      if (at >= start + bytes) break;
    }
    return copied;
  }

  /** @param wanted undefined: nothing of it is */
  dropBefore(wanted: number | undefined): void {
    while (this.#parts.length > 0 && this.#start + this.#parts[0]!.length <= (wanted ?? this.#end)) {
      this.#start += this.#parts.shift()!.length;
    }
  }
}
