import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { writeFault } from '../run/writeFault.ts';

/** Writes one file from start to end and hashes what it writes. Positional writes: a stream would copy once more. */
export class FileWriter {
  readonly path: string;
  readonly #descriptor: number;
  readonly #hash;
  #position = 0;

  /** @param hashing left out only to measure what it costs. @throws InputError when the file cannot be made */
  constructor(path: string, hashing: boolean) {
    this.path = path;
    this.#hash = hashing ? createHash('sha256') : undefined;
    try {
      this.#descriptor = openSync(path, 'wx', 0o666);
    } catch (error) {
      throw writeFault(error, path);
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
      throw writeFault(error, this.path);
    }
  }

  /** Makes the content durable. */
  sync(): void {
    try {
      fsyncSync(this.#descriptor);
    } catch (error) {
      throw writeFault(error, this.path);
    }
  }

  /** SHA-256 of what was written, in hexadecimal; call once. */
  digest(): string {
    return this.#hash?.digest('hex') ?? '';
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}
