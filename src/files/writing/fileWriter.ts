import { createHash } from 'node:crypto';
import { closeSync, fsync, openSync, writeSync } from 'node:fs';
import { promisify } from 'node:util';
import { writeFault } from './writeFault.ts';

/** Writes one file from start to end and hashes what it writes. Positional writes: a stream would copy once more. */
export class FileWriter {
  readonly #shownPath: string;
  readonly #descriptor: number;
  readonly #hash;
  #position = 0;

  /**
   * @param path of the file, which must not exist
   * @param shownPath the path in messages: where the file will be in the end
   * @param hashing left out only to measure what it costs
   * @throws InputError when the file cannot be made
   */
  constructor(path: string, shownPath: string, hashing: boolean) {
    this.#shownPath = shownPath;
    this.#hash = hashing ? createHash('sha256') : undefined;
    try {
      this.#descriptor = openSync(path, 'wx', 0o666);
    } catch (error) {
      throw writeFault(error, shownPath);
    }
  }

  get bytes(): number {
    return this.#position;
  }

  /** @throws InputError when the disk is full or fails */
  write(bytes: Uint8Array): void {
    this.#hash?.update(bytes);
    try {
      for (let done = 0; done < bytes.length; ) {
        const written = writeSync(this.#descriptor, bytes, done, bytes.length - done, this.#position);
        done += written;
        this.#position += written;
      }
    } catch (error) {
      throw writeFault(error, this.#shownPath);
    }
  }

  /**
   * Makes the content durable. Waits off the JavaScript thread: 0.4 s per GB.
   * @throws InputError when the disk is full or fails
   */
  async sync(): Promise<void> {
    try {
      await promisify(fsync)(this.#descriptor);
    } catch (error) {
      throw writeFault(error, this.#shownPath);
    }
  }

  /** SHA-256 of what was written, in hexadecimal; empty without hashing. Call once. */
  digest(): string {
    return this.#hash?.digest('hex') ?? '';
  }

  /** @throws InputError when the file system tells only now that it could not write */
  close(): void {
    try {
      closeSync(this.#descriptor);
    } catch (error) {
      throw writeFault(error, this.#shownPath);
    }
  }
}
