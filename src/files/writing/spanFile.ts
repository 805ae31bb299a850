import { read } from 'node:fs';
import { errorCode, readFault } from '../reading/fileFault.ts';
import {
  closeFile,
  createFile,
  openDirect,
  syncFile,
  truncateFile,
  writeAllSoon,
  writeSoon,
} from './diskOperations.ts';
import { writeFault } from './writeFault.ts';

/*
 * A file of a known length, written span by span in any order, and read back from the disk. On Linux both go past the
 * page cache where the file system allows: reading what is in memory would say nothing about the disk, and memory for
 * a copy of the file is not to be had for nothing.
 */

/** What positions, lengths and memory are multiples of on the way past the page cache: no disk has larger blocks. */
export const blockBytes = 4096;

const down = (position: number) => position - (position % blockBytes);
const up = (position: number) => Math.ceil(position / blockBytes) * blockBytes;

/** Bytes of a span as they lie in memory. */
export interface SpanBytes {
  readonly memory: SharedArrayBuffer;
  /** Place of the first byte. For the way past the page cache it must lie in its block as the position does in its own. */
  readonly at: number;
  readonly bytes: number;
}

export class SpanFile {
  readonly #shownPath: string;
  readonly #descriptor: number;
  readonly #direct: number | undefined;
  /** The file system has said that it takes no whole blocks in this way. */
  #refused = false;

  /**
   * @param path of the file, which must not exist
   * @param shownPath the path in messages: where the file will be in the end
   * @param bytes its length
   * @param past whether to go past the page cache, where that can be
   * @throws InputError when the file cannot be made
   */
  constructor(path: string, shownPath: string, bytes: number, past: boolean) {
    this.#shownPath = shownPath;
    try {
      this.#descriptor = createFile(path);
    } catch (error) {
      throw writeFault(error, shownPath);
    }
    try {
      // Blocks may then be written in any order, several at a time.
      truncateFile(this.#descriptor, bytes);
      this.#direct = past ? openDirect(path) : undefined;
    } catch (error) {
      closeFile(this.#descriptor);
      throw writeFault(error, shownPath);
    }
  }

  get #past(): boolean {
    return this.#direct !== undefined && !this.#refused;
  }

  /** Writes a span, off the JavaScript thread. @throws InputError when the disk is full or fails */
  async write({ memory, at, bytes }: SpanBytes, position: number): Promise<void> {
    const part = (from: number, to: number) => new Uint8Array(memory, at + from - position, to - from);
    const end = position + bytes;
    const [first, last] = [up(position), down(end)];
    try {
      if (!this.#past || first >= last) {
        await writeAllSoon(this.#descriptor, part(position, end), position);
        return;
      }
      // What is less than a block, at the ends.
      if (position < first) await writeAllSoon(this.#descriptor, part(position, first), position);
      const written = first + (await this.#writeBlocks(part(first, last), first));
      if (written < end) await writeAllSoon(this.#descriptor, part(written, end), written);
    } catch (error) {
      throw writeFault(error, this.#shownPath);
    }
  }

  /** @returns how many bytes were written: fewer where the file system takes none in this way */
  async #writeBlocks(bytes: Uint8Array, position: number): Promise<number> {
    try {
      return await writeSoon(this.#direct!, bytes, position);
    } catch (error) {
      if (errorCode(error) !== 'EINVAL') throw error;
      this.#refused = true;
      return 0;
    }
  }

  /**
   * Reads a span back, off the JavaScript thread.
   *
   * @param into must have room up to the end of the last block, beyond the span
   * @returns how many bytes of it the file has
   * @throws InputError when it cannot be read
   */
  async read({ memory, at, bytes }: SpanBytes, position: number): Promise<number> {
    const first = down(position);
    const blocks = new Uint8Array(memory, at - (position - first), up(position + bytes) - first);
    try {
      const got = this.#past ? await this.#readBlocks(blocks, first) : undefined;
      if (got !== undefined && got >= position - first + bytes) return bytes;
      return await readAllSoon(this.#descriptor, new Uint8Array(memory, at, bytes), position);
    } catch (error) {
      throw readFault(error, this.#shownPath);
    }
  }

  async #readBlocks(bytes: Uint8Array, position: number): Promise<number | undefined> {
    try {
      return await readSoon(this.#direct!, bytes, position);
    } catch (error) {
      if (errorCode(error) !== 'EINVAL') throw error;
      this.#refused = true;
      return undefined;
    }
  }

  /** Makes the content durable, off the JavaScript thread. @throws InputError when the disk is full or fails */
  async sync(): Promise<void> {
    try {
      await syncFile(this.#descriptor);
    } catch (error) {
      throw writeFault(error, this.#shownPath);
    }
  }

  /** Nothing may be under way. @throws InputError when the file system tells only now that it could not write */
  close(): void {
    try {
      if (this.#direct !== undefined) closeFile(this.#direct);
      closeFile(this.#descriptor);
    } catch (error) {
      throw writeFault(error, this.#shownPath);
    }
  }
}

function readSoon(descriptor: number, into: Uint8Array, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    read(descriptor, into, 0, into.length, position, (error, bytes) => {
      if (error === null) resolve(bytes);
      else reject(error);
    });
  });
}

/** @returns how many bytes the file has from there, as many at most as are asked for */
async function readAllSoon(descriptor: number, into: Uint8Array, position: number): Promise<number> {
  for (let done = 0; done < into.length; ) {
    const bytes = await readSoon(descriptor, into.subarray(done), position + done);
    if (bytes === 0) return done;
    done += bytes;
  }
  return into.length;
}
