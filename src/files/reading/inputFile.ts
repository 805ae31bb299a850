import { closeSync, fstatSync, openSync, readSync, type Stats } from 'node:fs';
import { InputError } from '../../errors.ts';
import { readFault } from './fileFault.ts';

/** A file being read at given positions, straight into memory that the caller keeps. */
export class InputFile {
  readonly #path: string;
  readonly #descriptor: number;
  readonly #opened: Stats;

  /** @throws InputError when it cannot be opened */
  constructor(path: string) {
    this.#path = path;
    try {
      this.#descriptor = openSync(path, 'r');
      this.#opened = fstatSync(this.#descriptor);
    } catch (error) {
      throw readFault(error, path);
    }
  }

  get byteLength(): number {
    return this.#opened.size;
  }

  /** Fills `into` from a position. @throws InputError when the file cannot be read or ends before */
  read(into: Uint8Array, position: number): void {
    try {
      for (let done = 0; done < into.length; ) {
        const read = readSync(this.#descriptor, into, done, into.length - done, position + done);
        if (read === 0) throw this.#changed();
        done += read;
      }
    } catch (error) {
      throw readFault(error, this.#path);
    }
  }

  /** @throws InputError when the file has been written to since it was opened */
  checkUnchanged(): void {
    const { size, mtimeMs } = fstatSync(this.#descriptor);
    if (size !== this.#opened.size || mtimeMs !== this.#opened.mtimeMs) throw this.#changed();
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #changed(): InputError {
    return new InputError(`"${this.#path}" changed while it was read: leave it alone and try again.`);
  }
}
