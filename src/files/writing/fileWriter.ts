import { createHash } from 'node:crypto';
import { closeFile, createFile, syncFile, writeAll } from './diskOperations.ts';
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
      this.#descriptor = createFile(path);
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
      writeAll(this.#descriptor, bytes, this.#position);
    } catch (error) {
      throw writeFault(error, this.#shownPath);
    }
    this.#position += bytes.length;
  }

  /**
   * Makes the content durable. Waits off the JavaScript thread.
   * @throws InputError when the disk is full or fails
   */
  async sync(): Promise<void> {
    try {
      await syncFile(this.#descriptor);
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
      closeFile(this.#descriptor);
    } catch (error) {
      throw writeFault(error, this.#shownPath);
    }
  }
}
