import type { Checkpoint } from '../../checkpoint/checkpoint.ts';
import { isWeightDtype, type WeightDtype } from '../../checkpoint/safetensors/dtype.ts';
import { decodeFloats } from '../../checkpoint/safetensors/floats.ts';
import { OpenShards } from '../../checkpoint/shards/openShards.ts';
import {
  type CompletedCheckpoint,
  type TensorRows,
  type VocabularyMatrix,
  vocabularyRows,
} from '../../checkpoint/vocabulary/vocabularyRows.ts';
import { RunError } from '../../errors.ts';

/** Rows of a matrix that lie together. */
interface ReadableRows extends TensorRows {
  readonly dtype: WeightDtype;
}

function readable(part: TensorRows): ReadableRows {
  const { checkpoint, entry } = part;
  const { dtype, name } = entry;
  if (!isWeightDtype(dtype)) throw new RunError(`${checkpoint.folder}: tensor ${name} is ${dtype}, not a weight.`);
  return { ...part, dtype };
}

/** Reads single rows of a matrix, so that nothing vocabulary-sized is held for a few tokens. */
export class RowReader {
  readonly width: number;
  readonly #parts: readonly ReadableRows[];
  readonly #files = new OpenShards();
  /** What values are multiplied with; undefined: they are as stored. */
  readonly #scale: number | undefined;

  /**
   * @param parts of the matrix, in the order of their rows, which run from 0 up
   * @throws RunError where a part is no weight
   */
  private constructor(parts: readonly TensorRows[], scale?: number) {
    this.#scale = scale;
    this.#parts = parts.map(readable);
    this.width = parts[0]!.entry.shape[1] ?? 1;
  }

  /** Of embedding, head or head bias. */
  static ofVocabulary(checkpoint: CompletedCheckpoint, matrix: VocabularyMatrix): RowReader {
    const range = { from: 0, to: checkpoint.architecture.vocabSize };
    return new RowReader(vocabularyRows(checkpoint, matrix, range));
  }

  /** Embeddings as the first layer reads them: scaled where the family does. */
  static ofEmbeddings(checkpoint: CompletedCheckpoint): RowReader {
    const { vocabSize, embeddingScale } = checkpoint.architecture;
    return new RowReader(vocabularyRows(checkpoint, 'embedding', { from: 0, to: vocabSize }), embeddingScale);
  }

  /** Of any other tensor. */
  static ofTensor(checkpoint: Checkpoint, tensor: string): RowReader {
    const entry = checkpoint.tensors.get(tensor);
    if (entry === undefined) throw new RunError(`${checkpoint.folder} has no tensor ${tensor}.`);
    return new RowReader([{ from: 0, to: entry.shape[0]!, checkpoint, entry }]);
  }

  /**
   * Rows as float32, `[rows.length, width]`.
   *
   * @throws InputError when a file cannot be opened; ChangedInput when it is not the one whose header was read
   */
  read(rows: ArrayLike<number>): Float32Array {
    const values = new Float32Array(rows.length * this.width);
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i]!;
      const { checkpoint, entry, dtype } = this.#partOf(row);
      const bytes = new Uint8Array(entry.byteLength / entry.shape[0]!);
      this.#files.open(checkpoint, entry.shard).read(bytes, entry.begin + row * bytes.length);
      values.set(decodeFloats(bytes, dtype), i * this.width);
    }
    const scale = this.#scale;
    return scale === undefined ? values : values.map((value) => value * Math.fround(scale));
  }

  /** All of a small tensor: a norm, a bias. */
  readAll(): Float32Array {
    return this.read(Array.from({ length: this.#parts.at(-1)!.to }, (_, row) => row));
  }

  close(): void {
    this.#files.close();
  }

  #partOf(row: number): ReadableRows {
    let low = 0;
    for (let high = this.#parts.length - 1; low < high; ) {
      const middle = Math.ceil((low + high) / 2);
      if (this.#parts[middle]!.from <= row) low = middle;
      else high = middle - 1;
    }
    return this.#parts[low]!;
  }
}
