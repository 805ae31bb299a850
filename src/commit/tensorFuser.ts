import { readSync } from 'node:fs';
import type { TensorEntry } from '../checkpoint/checkpoint.ts';
import { dtypeBytes, isWeightDtype } from '../checkpoint/dtype.ts';
import { readFault } from '../checkpoint/fileFault.ts';
import { InputError } from '../errors.ts';
import type { FuseKernel } from '../kernels/fuseKernel.ts';
import { type Chunk, chunksOf, rowLength } from './chunks.ts';
import type { TensorReset } from './tensorReset.ts';

/** An open weight file. */
export interface OpenShard {
  readonly descriptor: number;
  readonly path: string;
}

/** Reads all of a range into memory. @throws InputError when the file ends before it */
export function readFully({ descriptor, path }: OpenShard, into: Uint8Array, position: number): void {
  try {
    for (let done = 0; done < into.length; ) {
      const read = readSync(descriptor, into, done, into.length - done, position + done);
      if (read === 0) throw new InputError(`"${path}" became shorter while it was read: leave it alone and try again.`);
      done += read;
    }
  } catch (error) {
    throw readFault(error, path);
  }
}

/** One tensor's two sides. */
export interface TensorSides {
  readonly sft: TensorEntry;
  readonly sftShard: OpenShard;
  readonly base: TensorEntry;
  readonly baseShard: OpenShard;
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

  /** The tensor's bytes, in order. Each chunk is the kernel's memory: use it before asking for the next. */
  *chunks({ sft, sftShard, base, baseShard }: TensorSides, reset: TensorReset | undefined): Generator<Uint8Array> {
    const { dtype } = sft;
    const elementBytes = dtypeBytes[dtype];
    const rowBytes = rowLength(sft.shape) * elementBytes;
    const kernel = this.#kernel;
    const columns = reset?.axis === 'column' ? new Set(reset.columns) : undefined;
    let maskedFrom: number | undefined;
    for (const chunk of chunksOf(sft.byteLength, rowBytes, elementBytes, kernel.chunkBytes)) {
      const result = kernel.sft.subarray(0, chunk.bytes);
      readFully(sftShard, result, sft.begin + chunk.begin);
      if (isWeightDtype(dtype)) {
        readFully(baseShard, kernel.base.subarray(0, chunk.bytes), base.begin + chunk.begin);
        // Chunks that start at the same column share a mask: all of them, unless rows are longer than chunks.
        if (columns !== undefined && maskedFrom !== chunk.column) {
          this.#fillMask(columns, rowBytes / elementBytes, elementBytes, chunk.column);
          maskedFrom = chunk.column;
        }
        kernel.fuse(dtype, chunk.bytes, this.#alpha, columns !== undefined);
        if (reset?.axis === 'row') this.#copyRows(reset.rows, rowBytes, chunk);
      }
      yield result;
    }
  }

  /** Marks the selected columns over the whole mask, whose first element is column `first` of some row. */
  #fillMask(columns: ReadonlySet<number>, width: number, elementBytes: number, first: number): void {
    const { mask } = this.#kernel;
    mask.fill(0);
    for (const column of columns) {
      for (let at = (column - first + width) % width; at * elementBytes < mask.length; at += width) {
        mask.fill(0xff, at * elementBytes, (at + 1) * elementBytes);
      }
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
