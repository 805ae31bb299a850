import { fstatSync, readSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RunError } from '../../errors.ts';
import { errorCode } from '../reading/fileFault.ts';
import { closeFile, createFile, makeTemporaryFolder, removeTreeNow, writeAll } from './diskOperations.ts';

/* A temporary file for values that memory has no room for; however the process ends, nothing of it stays behind. */

/** Where the scratch file lies, unless the system's variable for temporary files says otherwise. */
export function scratchFolder(): string {
  return tmpdir();
}

/** Bytes that a scratch file may take: half of what is free on its disk; 0 where that cannot be told. */
export function scratchRoom(folder: string = scratchFolder()): number {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return (bavail * bsize) / 2;
  } catch {
    return 0;
  }
}

/** A new file whose name is gone once it is open; its descriptor. */
function openNameless(folder: string): number {
  const own = makeTemporaryFolder(join(folder, 'rejuvenate-scratch-'));
  try {
    return createFile(join(own, 'values'), 0o600);
  } finally {
    removeTreeNow(own);
  }
}

/**
 * A file for values that memory has no room for. It has no name once it is open: however the process ends, nothing of it
 * stays behind.
 */
export class ScratchFile {
  readonly #folder: string;
  readonly #descriptor: number;
  /** Places given back, by size; sizes repeat from segment to segment. */
  readonly #free = new Map<number, number[]>();
  #end = 0;

  /** @throws RunError when the file cannot be made */
  constructor(folder: string = scratchFolder(), open: (folder: string) => number = openNameless) {
    this.#folder = folder;
    try {
      this.#descriptor = open(folder);
    } catch (error) {
      throw this.#fault(error);
    }
  }

  /** Bytes on disk. */
  get bytes(): number {
    return fstatSync(this.#descriptor).size;
  }

  /** @returns the place; @throws RunError when the disk is full */
  write(values: Float32Array): number {
    const place = this.#free.get(values.byteLength)?.pop() ?? this.#end;
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    try {
      writeAll(this.#descriptor, bytes, place);
    } catch (error) {
      throw this.#fault(error);
    }
    this.#end = Math.max(this.#end, place + bytes.length);
    return place;
  }

  read(place: number, length: number): Float32Array {
    const values = new Float32Array(length);
    const bytes = new Uint8Array(values.buffer);
    for (let done = 0; done < bytes.length; ) {
      const count = readSync(this.#descriptor, bytes, done, bytes.length - done, place + done);
      if (count === 0) throw new RunError(`The scratch file in "${this.#folder}" has lost what was written to it.`);
      done += count;
    }
    return values;
  }

  /** Lets the place of `length` values be used again. */
  free(place: number, length: number): void {
    const places = this.#free.get(length * 4) ?? [];
    this.#free.set(length * 4, [...places, place]);
  }

  close(): void {
    closeFile(this.#descriptor);
  }

  #fault(error: unknown): RunError {
    const code = errorCode(error);
    const full = code === 'ENOSPC' || code === 'EDQUOT';
    const what = full ? 'has no room' : `cannot be written to (${code ?? String(error)})`;
    return new RunError(
      `"${this.#folder}" ${what} for the activations that memory has no room for: ` +
        'free some space, set TMPDIR to another folder, or raise --memory.',
    );
  }
}
