import type { Row, RowUnit } from './rows/row.ts';

/** Positions of the numbers that the threads share. */
const [turn, file, unit, line, lineBytes, done, total, count] = [0, 1, 2, 3, 4, 5, 6, 7];

/** From so many bytes on a row can be what takes all memory. */
const heavyBytes = 2 ** 20;

const units: readonly RowUnit[] = ['line', 'element', 'row'];

/** Where the reader of the files is. */
export interface Place {
  /** Odd while a row is worked on, or a file opened; another for each. */
  readonly turn: number;
  /** Index of the file; -1 before the first is opened. */
  readonly file: number;
  readonly unit: RowUnit;
  /** 1-based number of that row, and its length; 0 while there is none. */
  readonly line: number;
  readonly lineBytes: number;
  /** Bytes of what is gone through that are done, and all of them. */
  readonly done: number;
  readonly total: number;
}

/**
 * Where the thread that tokenises is, in memory that the thread beside it reads: a regular expression that does not end
 * holds the thread, which then sends no messages.
 */
export class LinePlace {
  readonly shared: SharedArrayBuffer;
  readonly #numbers: BigInt64Array;
  readonly #tell: ((place: Place) => void) | undefined;

  /**
   * @param shared another thread's, to be at the same place
   * @param tell hears of each file and heavy row before it is worked on, and after: whatever works on it may not live to say
   */
  constructor(shared = new SharedArrayBuffer(8 * count), tell?: (place: Place) => void) {
    this.shared = shared;
    this.#tell = tell;
    this.#numbers = new BigInt64Array(shared);
  }

  /** A part of the work begins that goes through so many bytes. */
  start(bytes: number): void {
    this.#set(done, 0);
    this.#set(total, bytes);
  }

  reach(bytes: number): void {
    this.#set(done, Math.min(bytes, this.#get(total)));
  }

  beginFile(index: number): void {
    this.#set(file, index + 1);
    this.#begin(0, 0);
    this.#tell?.(this.read());
  }

  endFile(): void {
    this.#set(turn, this.#get(turn) + 1);
    this.#tell?.(this.read());
  }

  beginLine(row: Row): void {
    this.#set(file, row.file + 1);
    this.#set(unit, units.indexOf(row.unit));
    this.#begin(row.number, row.bytes);
    if (row.bytes >= heavyBytes) this.#tell?.(this.read());
  }

  endLine(): void {
    // The line feed too; the last line may lack it.
    const bytes = this.#get(lineBytes);
    this.reach(this.#get(done) + bytes + 1);
    this.#set(line, 0);
    this.#set(lineBytes, 0);
    this.#set(turn, this.#get(turn) + 1);
    if (bytes >= heavyBytes) this.#tell?.(this.read());
  }

  read(): Place {
    return {
      turn: this.#get(turn),
      file: this.#get(file) - 1,
      unit: units[this.#get(unit)]!,
      line: this.#get(line),
      lineBytes: this.#get(lineBytes),
      done: this.#get(done),
      total: this.#get(total),
    };
  }

  #begin(number: number, bytes: number): void {
    this.#set(line, number);
    this.#set(lineBytes, bytes);
    this.#set(turn, this.#get(turn) + 1);
  }

  #get(position: number): number {
    return Number(Atomics.load(this.#numbers, position));
  }

  #set(position: number, value: number): void {
    Atomics.store(this.#numbers, position, BigInt(value));
  }
}
