import { closeFile, writeAll } from '../../files/writing/diskOperations.ts';
import { openOwnFile } from '../../files/writing/ownFile.ts';
import { writeFault } from '../../files/writing/writeFault.ts';

/** The file that keeps every target's scores, `[targets, neurons]` F32 from `dataStart` on. Its owner wrote the header. */
export class ScoreFile {
  readonly #path: string;
  readonly #descriptor: number;
  readonly #dataStart: number;
  readonly #rowBytes: number;

  /** @throws InputError when it cannot be opened, or is not the owner's file any more */
  constructor(path: string, dataStart: number, neurons: number) {
    this.#path = path;
    this.#descriptor = openOwnFile(path, false);
    this.#dataStart = dataStart;
    this.#rowBytes = neurons * 4;
  }

  /** Writes consecutive targets' rows; @param scores `[n, neurons]`. @throws InputError when the disk is full or fails */
  write(firstTarget: number, scores: Float32Array): void {
    const bytes = new Uint8Array(scores.buffer, scores.byteOffset, scores.byteLength);
    try {
      writeAll(this.#descriptor, bytes, this.#dataStart + firstTarget * this.#rowBytes);
    } catch (error) {
      throw writeFault(error, this.#path);
    }
  }

  close(): void {
    closeFile(this.#descriptor);
  }
}
