import type { TensorEntry } from '../checkpoint/checkpoint.ts';
import { dtypeBytes, isWeightDtype } from '../checkpoint/safetensors/dtype.ts';
import type { InputFile } from '../files/reading/inputFile.ts';
import type { FuseKernel } from '../kernels/fuseKernel.ts';
import { type Chunk, chunksOf, rowLength } from './chunks.ts';
import type { TensorReset } from './tensorReset.ts';

/** One tensor's two sides. */
export interface TensorSides {
  readonly sft: TensorEntry;
  readonly sftFile: InputFile;
  readonly base: TensorEntry;
  readonly baseFile: InputFile;
}

/**
 * Fuses and resets one tensor chunk by chunk: two positional reads straight into the kernel's memory, the kernel in
 * place over the SFT side, row spans copied from the base chunk beside it.
 */
export class TensorFuser {
  readonly #kernel: FuseKernel;
  readonly #alpha: number;

  constructor(kernel: FuseKernel, alpha: number) {
    this.#kernel = kernel;
    this.#alpha = alpha;
  }

  /**
   * The tensor's bytes, in order. Each chunk is the kernel's memory: use it before asking for the next. What is no
   * float is the SFT checkpoint's.
   * @throws InputError when a file cannot be read; ChangedInput when it is cut short
   */
  *chunks({ sft, sftFile, base, baseFile }: TensorSides, reset: TensorReset | undefined): Generator<Uint8Array> {
    const { dtype } = sft;
    const elementBytes = dtypeBytes[dtype];
    const rowBytes = rowLength(sft.shape) * elementBytes;
    const kernel = this.#kernel;
    const columns = reset?.axis === 'column' ? reset.columns : undefined;
    let maskedFrom: number | undefined;
    for (const chunk of chunksOf(sft.byteLength, rowBytes, elementBytes, kernel.chunkBytes)) {
      const result = kernel.sft.subarray(0, chunk.bytes);
      sftFile.read(result, sft.begin + chunk.begin);
      if (isWeightDtype(dtype)) {
        baseFile.read(kernel.base.subarray(0, chunk.bytes), base.begin + chunk.begin);
        // Chunks that start at the same column share a mask: all of them, unless rows are longer than chunks.
        if (columns !== undefined && maskedFrom !== chunk.column) {
          fillMask(kernel.mask.subarray(0, chunk.bytes), columns, rowBytes, elementBytes, chunk.column);
          maskedFrom = chunk.column;
        }
        kernel.fuse(dtype, chunk.bytes, this.#alpha, columns !== undefined);
        if (reset?.axis === 'row') this.#copyRows(reset.rows, rowBytes, chunk);
      }
      yield result;
    }
  }

  /** Copies the selected rows, or what of them lies in the chunk, from the base. */
  #copyRows(rows: Uint32Array, rowBytes: number, chunk: Chunk): void {
    const { sft, base } = this.#kernel;
    const end = chunk.begin + chunk.bytes;
    for (const row of rows) {
      const from = Math.max(row * rowBytes, chunk.begin) - chunk.begin;
      const to = Math.min((row + 1) * rowBytes, end) - chunk.begin;
      if (from < to) sft.set(base.subarray(from, to), from);
    }
  }
}

/** Marks the selected columns over whole rows, or over a piece of one row that starts at column `first`. */
function fillMask(mask: Uint8Array, columns: Uint32Array, rowBytes: number, elementBytes: number, first: number): void {
  const period = Math.min(rowBytes, mask.length);
  mask.fill(0, 0, period);
  for (const column of columns) {
    const at = (column - first) * elementBytes;
    if (at >= 0 && at < period) mask.fill(0xff, at, at + elementBytes);
  }
  // The other rows are like the first: each copy doubles what is done.
  for (let done = period; done < mask.length; done *= 2) mask.copyWithin(done, 0, done);
}
