import { closeSync, openSync, writeSync } from 'node:fs';

/** The file that keeps every target's scores, `[targets, neurons]` F32 from `dataStart` on. Its owner wrote the header. */
export class ScoreFile {
  readonly #descriptor: number;
  readonly #dataStart: number;
  readonly #rowBytes: number;

  constructor(path: string, dataStart: number, neurons: number) {
    this.#descriptor = openSync(path, 'r+');
    this.#dataStart = dataStart;
    this.#rowBytes = neurons * 4;
  }

  /** Writes consecutive targets' rows; @param scores `[n, neurons]`. */
  write(firstTarget: number, scores: Float32Array): void {
    const bytes = new Uint8Array(scores.buffer, scores.byteOffset, scores.byteLength);
    let written = 0;
    while (written < bytes.length) {
      const position = this.#dataStart + firstTarget * this.#rowBytes + written;
      written += writeSync(this.#descriptor, bytes, written, bytes.length - written, position);
    }
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}
