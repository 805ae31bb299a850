import { closeSync, openSync, readSync } from 'node:fs';
import type { Checkpoint } from '../../checkpoint/checkpoint.ts';
import { decodeFloats } from '../../checkpoint/safetensors/floats.ts';
import { weightFiles } from './weightFiles.ts';

/** Reads single rows of a two-dimensional tensor, so that no vocabulary-sized matrix is held for a few tokens. */
export class RowReader {
  readonly width: number;
  readonly #descriptor: number;
  readonly #weight;

  constructor(checkpoint: Checkpoint, tensor: string) {
    this.#weight = weightFiles(checkpoint).locate(tensor);
    this.width = this.#weight.shape[1] ?? 1;
    this.#descriptor = openSync(checkpoint.shards[checkpoint.tensors.get(tensor)!.shard]!.path, 'r');
  }

  /** Rows as float32, `[rows.length, width]`. */
  read(rows: ArrayLike<number>): Float32Array {
    const { byteLength, begin, shape, dtype } = this.#weight;
    const rowBytes = byteLength / shape[0]!;
    const bytes = new Uint8Array(rows.length * rowBytes);
    for (let i = 0; i < rows.length; i++) {
      readSync(this.#descriptor, bytes, i * rowBytes, rowBytes, begin + rows[i]! * rowBytes);
    }
    return decodeFloats(bytes, dtype);
  }

  /** All of a small tensor: a norm, a bias. */
  readAll(): Float32Array {
    return this.read(Array.from({ length: this.#weight.shape[0]! }, (_, row) => row));
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}
