import { fstatSync, readFileSync, readSync } from 'node:fs';
import { closeFile, syncFileNow, truncateFile, writeAll } from '../../files/writing/diskOperations.ts';
import { openOwnFile } from '../../files/writing/ownFile.ts';
import { writeFault } from '../../files/writing/writeFault.ts';

/*
 * A file that an unfinished run appends to as it goes, and that the next run takes up. What the entries are is its users' affair:
 * they find the last whole one, cut off what follows it, and append.
 */

export class AppendedFile {
  readonly path: string;
  readonly #descriptor: number;
  #end = 0;
  #open = true;

  /** Opens the file, or makes it. @throws InputError when that cannot be done, or it is somebody else's */
  constructor(path: string) {
    this.path = path;
    this.#descriptor = openOwnFile(path, true);
  }

  /** All of it. @throws InputError */
  readAll(): Buffer {
    return this.#do(() => readFileSync(this.#descriptor));
  }

  /** A piece of it after the other, each of at most `bytes`, for a file that may be large. @throws InputError */
  *pieces(bytes: number): Generator<Buffer> {
    const size = this.#do(() => fstatSync(this.#descriptor).size);
    for (let at = 0; at < size; ) {
      const piece = Buffer.alloc(Math.min(bytes, size - at));
      const read = this.#do(() => readSync(this.#descriptor, piece, 0, piece.length, at));
      if (read === 0) return;
      at += read;
      yield piece.subarray(0, read);
    }
  }

  /** Cuts off what follows the last whole entry; the next one goes there. @throws InputError */
  cutAt(end: number): void {
    this.#do(() => truncateFile(this.#descriptor, end));
    this.#end = end;
  }

  /** At once, into the page cache: a killed run keeps it. @throws InputError when the disk is full */
  append(bytes: Uint8Array): void {
    this.#do(() => writeAll(this.#descriptor, bytes, this.#end));
    this.#end += bytes.length;
  }

  /** Makes what was appended durable. Once closed, closing again does nothing. @throws InputError when the disk fails */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    try {
      this.#do(() => syncFileNow(this.#descriptor));
    } finally {
      closeFile(this.#descriptor);
    }
  }

  /** Closes it without making it last: it is to be deleted, or of no use. */
  drop(): void {
    if (this.#open) closeFile(this.#descriptor);
    this.#open = false;
  }

  #do<Result>(work: () => Result): Result {
    try {
      return work();
    } catch (error) {
      throw writeFault(error, this.path);
    }
  }
}
