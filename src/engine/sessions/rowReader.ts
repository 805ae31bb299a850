import type { Checkpoint } from '../../checkpoint/checkpoint.ts';
import { decodeFloats } from '../../checkpoint/safetensors/floats.ts';
import { InputFile } from '../../files/reading/inputFile.ts';
import { inputKinds } from '../../files/reading/inputKind.ts';
import { weightFiles } from './weightFiles.ts';

/** Reads single rows of a two-dimensional tensor, so that no vocabulary-sized matrix is held for a few tokens. */
export class RowReader {
  readonly width: number;
  readonly #file: InputFile;
  readonly #weight;

  /** @throws InputError when the file cannot be opened; ChangedInput when it is not the one whose header was read */
  constructor(checkpoint: Checkpoint, tensor: string) {
    this.#weight = weightFiles(checkpoint).locate(tensor);
    this.width = this.#weight.shape[1] ?? 1;
    const { path, identity } = checkpoint.shards[checkpoint.tensors.get(tensor)!.shard]!;
    this.#file = new InputFile(path, inputKinds.weights, identity);
  }

  /** Rows as float32, `[rows.length, width]`. */
  read(rows: ArrayLike<number>): Float32Array {
    const { byteLength, begin, shape, dtype } = this.#weight;
    const rowBytes = byteLength / shape[0]!;
    const bytes = new Uint8Array(rows.length * rowBytes);
    for (let i = 0; i < rows.length; i++) {
      this.#file.read(bytes.subarray(i * rowBytes, (i + 1) * rowBytes), begin + rows[i]! * rowBytes);
    }
    return decodeFloats(bytes, dtype);
  }

  /** All of a small tensor: a norm, a bias. */
  readAll(): Float32Array {
    return this.read(Array.from({ length: this.#weight.shape[0]! }, (_, row) => row));
  }

  close(): void {
    this.#file.close();
  }
}
