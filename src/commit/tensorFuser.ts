import type { TensorEntry } from '../checkpoint/checkpoint.ts';
import { type Dtype, dtypeBytes, isWeightDtype } from '../checkpoint/safetensors/dtype.ts';
import type { RowRange } from '../checkpoint/vocabulary/completion.ts';
import type { InputFile } from '../files/reading/inputFile.ts';
import type { FuseDtypes, FuseKernel } from '../kernels/fuseKernel.ts';
import { type Chunk, chunksOf, type ElementRange, elementsOf, rowLength } from './chunks.ts';
import type { TensorReset } from './tensorReset.ts';

/*
 * Makes the new bytes of a tensor: fuses the SFT checkpoint's with the base's, and resets the selected rows or columns.
 */

/** A tensor and the open file that holds it. */
export interface TensorSide {
  readonly entry: TensorEntry;
  readonly file: InputFile;
}

/** Rows of a tensor as a tensor of their own. */
export function rowsOfSide({ entry, file }: TensorSide, { from, to }: RowRange): TensorSide {
  const [rows = 1, ...rest] = entry.shape;
  const rowBytes = entry.byteLength / rows;
  const place = { begin: entry.begin + from * rowBytes, byteLength: (to - from) * rowBytes };
  return { entry: { ...entry, ...place, shape: [to - from, ...rest] }, file };
}

/** One tensor's two sides, and what becomes of it. */
export interface TensorSides {
  readonly sft: TensorSide;
  /** Undefined where the base has no such tensor: it stays as the SFT side has it. */
  readonly base: TensorSide | undefined;
  /** The dtype to write; the SFT side's where it is no weight. */
  readonly out: Dtype;
}

/**
 * Fuses and resets one tensor chunk by chunk: two positional reads straight into the kernel's memory, then the kernel.
 * Selected columns are masked. So are selected rows where dtypes differ; where they don't, their spans are copied from the
 * base chunk, which costs nothing for the other rows.
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
   * @param range of its elements; all unless said
   * @throws InputError when a file cannot be read; ChangedInput when it is cut short
   */
  *chunks(
    sides: TensorSides,
    reset: TensorReset | undefined,
    range: ElementRange = { from: 0, to: elementsOf(sides.sft.entry.shape) },
  ): Generator<Uint8Array> {
    const { sft, base, out } = sides;
    const { dtype } = sft.entry;
    if (!isWeightDtype(dtype) || !isWeightDtype(out)) yield* this.#copy(sft, range);
    else if (base === undefined) yield* this.#keep(sft, { sft: dtype, base: dtype, out }, range);
    else if (!isWeightDtype(base.entry.dtype)) throw new Error(`the base's ${base.entry.name} is no weight`);
    else yield* this.#fuse(sft, base, { sft: dtype, base: base.entry.dtype, out }, reset, range);
  }

  /** A tensor that is no weight, byte by byte. */
  *#copy({ entry, file }: TensorSide, { from, to }: ElementRange) {
    const { sft, chunkBytes } = this.#kernel;
    const end = to * dtypeBytes[entry.dtype];
    for (let at = from * dtypeBytes[entry.dtype]; at < end; ) {
      const part = sft.subarray(0, Math.min(chunkBytes, end - at));
      file.read(part, entry.begin + at);
      at += part.length;
      yield part;
    }
  }

  /** A tensor as the SFT checkpoint has it, in the dtype to write. */
  *#keep({ entry, file }: TensorSide, dtypes: FuseDtypes, range: ElementRange) {
    const kernel = this.#kernel;
    const bytes = dtypeBytes[dtypes.sft];
    for (const { begin, count } of chunksOf(entry.shape, kernel.chunkElements(dtypes), range)) {
      file.read(kernel.sft.subarray(0, count * bytes), entry.begin + begin * bytes);
      yield kernel.fuse(dtypes, count, 1, false);
    }
  }

  *#fuse(sft: TensorSide, base: TensorSide, dtypes: FuseDtypes, reset: TensorReset | undefined, range: ElementRange) {
    const kernel = this.#kernel;
    const row = rowLength(sft.entry.shape);
    const alike = dtypes.sft === dtypes.base && dtypes.sft === dtypes.out;
    const [sftBytes, baseBytes, bytes] = [dtypeBytes[dtypes.sft], dtypeBytes[dtypes.base], dtypeBytes[dtypes.out]];
    const columns = reset?.axis === 'column' ? reset.columns : undefined;
    let maskedFrom: number | undefined;
    for (const chunk of chunksOf(sft.entry.shape, kernel.chunkElements(dtypes), range)) {
      const { begin, count, column } = chunk;
      sft.file.read(kernel.sft.subarray(0, count * sftBytes), sft.entry.begin + begin * sftBytes);
      base.file.read(kernel.base.subarray(0, count * baseBytes), base.entry.begin + begin * baseBytes);
      // Chunks that start at the same column share a mask: all of them, unless rows are longer than chunks.
      if (columns !== undefined && maskedFrom !== column) {
        fillMask(kernel.mask.subarray(0, count * bytes), columns, row * bytes, bytes, column);
        maskedFrom = column;
      }
      const spans = reset?.axis === 'row' ? spansOf(reset.rows, row, chunk) : [];
      if (!alike && spans.length > 0) {
        kernel.mask.fill(0, 0, count * bytes);
        for (const [from, to] of spans) kernel.mask.fill(0xff, from * bytes, to * bytes);
      }
      const masked = columns !== undefined || (!alike && spans.length > 0);
      const result = kernel.fuse(dtypes, count, this.#alpha, masked);
      if (alike)
        for (const [from, to] of spans) result.set(kernel.base.subarray(from * bytes, to * bytes), from * bytes);
      yield result;
    }
  }
}

/** The selected rows, or what of them lies in the chunk, as elements from the chunk's start. */
function spansOf(rows: Uint32Array, row: number, { begin, count }: Chunk): (readonly [number, number])[] {
  const spans: (readonly [number, number])[] = [];
  for (const each of rows) {
    const from = Math.max(each * row - begin, 0);
    const to = Math.min((each + 1) * row - begin, count);
    if (from < to) spans.push([from, to]);
  }
  return spans;
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
