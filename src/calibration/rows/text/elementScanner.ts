import { InputError } from '../../../errors.ts';
import { quotedPath } from '../../../files/reading/shown.ts';
import { type OnPlace, rowPlace } from '../row.ts';
import { maxRowBytes, type RowScanner } from './rowScanner.ts';

/* Finds the elements of a JSON array of any length, by its quotes, brackets and commas; what is in them is not looked at. */

const quote = 0x22;
const comma = 0x2c;
const backslash = 0x5c;
const open = [0x5b, 0x7b] as const;
const close = [0x5d, 0x7d] as const;

export class ElementScanner implements RowScanner {
  readonly #path: string;
  readonly #onPlace: OnPlace;
  /** Another value after the array is a mistake. */
  readonly #alone: boolean;
  #element = 0;
  #offset = 0;
  /** Where the array begins; what is before was looked at by whoever found it. */
  #next: number;
  /** Of the element that is not at its end. */
  #start: number | undefined;
  /** 0 before and after the array, 1 between its elements. */
  #depth = 0;
  #inString = false;
  #escaped = false;
  #done = false;

  /**
   * @param start offset of the array's bracket
   * @param alone the array is the whole text, rather than a field of an object
   */
  constructor(path: string, start: number, alone: boolean, onPlace: OnPlace) {
    this.#path = path;
    this.#next = start;
    this.#alone = alone;
    this.#onPlace = onPlace;
  }

  get openStart(): number | undefined {
    return this.#start;
  }

  push(chunk: Buffer): void {
    const offset = this.#offset;
    this.#offset += chunk.length;
    if (this.#done && !this.#alone) return;
    for (let i = Math.max(this.#next - offset, 0); i < chunk.length; i++) {
      let byte = chunk[i]!;
      if (this.#inString) {
        let escaped = this.#escaped;
        for (; i < chunk.length; i++) {
          byte = chunk[i]!;
          if (escaped) escaped = false;
          else if (byte === backslash) escaped = true;
          else if (byte === quote) {
            this.#inString = false;
            break;
          }
        }
        this.#escaped = escaped;
        continue;
      }
      if (byte <= 0x20) continue;
      if (this.#done) this.#refuseMore();
      if (this.#depth === 1) {
        if (byte === comma || byte === close[0]) {
          this.#finish(offset + i);
          if (byte === close[0]) {
            this.#depth = 0;
            this.#done = true;
            if (!this.#alone) return;
          }
          continue;
        }
        this.#start ??= offset + i;
      }
      if (byte === quote) this.#inString = true;
      else if (byte === open[0] || byte === open[1]) this.#depth++;
      else if (byte === close[0] || byte === close[1]) this.#depth--;
      if (this.#depth < 1) throw this.#fault('a bracket is closed that was not opened.');
    }
    this.#next = this.#offset;
    this.#checkLength(this.#offset);
  }

  end(): void {
    if (this.#done) return;
    throw new InputError(
      `${quotedPath(this.#path)} is cut off: it ends within its array, ${this.#start === undefined ? 'after' : 'in'} element ` +
        `${this.#element + (this.#start === undefined ? 0 : 1)}. Download or copy it again.`,
    );
  }

  #finish(end: number): void {
    if (this.#start === undefined) return;
    this.#checkLength(end);
    this.#element++;
    this.#onPlace(this.#element, this.#start, end - this.#start);
    this.#start = undefined;
  }

  #checkLength(end: number): void {
    if (this.#start === undefined || end - this.#start <= maxRowBytes) return;
    throw this.#fault('the element is over 64 MB long; is this calibration data?');
  }

  #fault(what: string): InputError {
    return new InputError(`${rowPlace(this.#path, 'element', this.#element + 1)}: ${what}`);
  }

  #refuseMore(): never {
    throw new InputError(
      `${quotedPath(this.#path)} goes on after the end of its JSON array. Rows are either the elements of one array or ` +
        'JSON objects, one a line.',
    );
  }
}
