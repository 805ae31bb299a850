import { InputError } from '../../../errors.ts';
import { type OnPlace, rowPlace } from '../row.ts';
import { maxRowBytes, type RowScanner } from './rowScanner.ts';

/* Finds the lines of a JSONL file. */

const newline = 0x0a;
const space = 0x20;

/** Every line that is not blank is a row. Its line feed is not part of it; a carriage return is, which JSON passes over. */
export class LineScanner implements RowScanner {
  readonly #path: string;
  readonly #onPlace: OnPlace;
  #line = 0;
  /** Offset of the next chunk. */
  #offset = 0;
  /** Offset of the line that the next chunk goes on with. */
  #start: number;
  /** What of that line was seen is blank. */
  #blank = true;

  /** @param start where the text begins, behind a byte order mark */
  constructor(path: string, start: number, onPlace: OnPlace) {
    this.#path = path;
    this.#start = start;
    this.#onPlace = onPlace;
  }

  get openStart(): number {
    return this.#start;
  }

  push(chunk: Buffer): void {
    const offset = this.#offset;
    let from = Math.max(this.#start - offset, 0);
    for (let at = chunk.indexOf(newline, from); at >= 0; at = chunk.indexOf(newline, from)) {
      this.#finish(offset + at, this.#blank && isBlank(chunk, from, at));
      from = at + 1;
    }
    this.#blank &&= isBlank(chunk, from, chunk.length);
    this.#offset = offset + chunk.length;
    this.#checkLength(this.#line + 1, this.#offset);
  }

  end(): void {
    if (this.#offset > this.#start) this.#finish(this.#offset, this.#blank);
  }

  #finish(end: number, blank: boolean): void {
    this.#line++;
    if (!blank) {
      this.#checkLength(this.#line, end);
      this.#onPlace(this.#line, this.#start, end - this.#start);
    }
    this.#start = end + 1;
    this.#blank = true;
  }

  #checkLength(line: number, end: number): void {
    if (end - this.#start <= maxRowBytes) return;
    throw new InputError(`${rowPlace(this.#path, 'line', line)}: the line is over 64 MB long; is this a JSONL file?`);
  }
}

function isBlank(chunk: Buffer, from: number, to: number): boolean {
  for (let i = from; i < to; i++) {
    const byte = chunk[i]!;
    if (byte > space || (byte !== space && byte !== 0x0d && byte !== 0x09 && byte !== 0x0a)) return false;
  }
  return true;
}
