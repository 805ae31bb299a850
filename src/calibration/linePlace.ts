/** Positions of the numbers that the threads share. */
const [turn, line, lineBytes, done, total, count] = [0, 1, 2, 3, 4, 5];

/** Where a file's reader is. */
export interface Place {
  /** Odd while a line is worked on; another for each line. */
  readonly turn: number;
  /** 1-based number of that line, and its length; 0 while there is none. */
  readonly line: number;
  readonly lineBytes: number;
  /** Bytes of the file that are done, and all of them. */
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

  /** @param shared another thread's, to be at the same place */
  constructor(shared = new SharedArrayBuffer(8 * count)) {
    this.shared = shared;
    this.#numbers = new BigInt64Array(shared);
  }

  start(fileBytes: number): void {
    this.#set(total, fileBytes);
  }

  beginLine(number: number, bytes: number): void {
    this.#set(line, number);
    this.#set(lineBytes, bytes);
    this.#set(turn, this.#get(turn) + 1);
  }

  endLine(): void {
    // The line feed too; the last line may lack it.
    this.#set(done, Math.min(this.#get(done) + this.#get(lineBytes) + 1, this.#get(total)));
    this.#set(line, 0);
    this.#set(lineBytes, 0);
    this.#set(turn, this.#get(turn) + 1);
  }

  read(): Place {
    return {
      turn: this.#get(turn),
      line: this.#get(line),
      lineBytes: this.#get(lineBytes),
      done: this.#get(done),
      total: this.#get(total),
    };
  }

  #get(position: number): number {
    return Number(Atomics.load(this.#numbers, position));
  }

  #set(position: number, value: number): void {
    Atomics.store(this.#numbers, position, BigInt(value));
  }
}
