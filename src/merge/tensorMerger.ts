import type { Adapter, AdapterTensor } from '../checkpoint/adapter/adapter.ts';
import type { LoraPair } from '../checkpoint/adapter/loraPairs.ts';
import { isOfAdapter, type MergedTensor } from '../checkpoint/adapter/mergePlan.ts';
import { dtypeBytes, type WeightDtype } from '../checkpoint/safetensors/dtype.ts';
import type { InputFile } from '../files/reading/inputFile.ts';
import type { FuseKernel } from '../kernels/fuseKernel.ts';
import type { LoraKernel, LowRank } from '../kernels/loraKernel.ts';
import { adapterValues } from './adapterValues.ts';

/* Computes the tensors of a merged model, chunk by chunk of whole rows. */

/** Bytes read at a time of what is only copied. */
const copyBytes = 1 << 18;

/** Where a tensor's values are read. */
export interface MergeFiles {
  /** The base's file that holds the tensor, where the base's values are wanted. */
  readonly base: InputFile;
  readonly adapter: InputFile;
}

/** Merges tensors, with the kernels' memory for all of them. */
export class TensorMerger {
  readonly #adapter: Adapter;
  readonly #convert: FuseKernel;
  /** One for each product that is added to the same tensor. */
  readonly #kernels: readonly LoraKernel[];
  readonly #copy = Buffer.allocUnsafe(copyBytes);

  constructor(adapter: Adapter, convert: FuseKernel, kernels: readonly LoraKernel[]) {
    this.#adapter = adapter;
    this.#convert = convert;
    this.#kernels = kernels;
  }

  /** The tensor's bytes from start to end; each chunk is gone when the next is asked for. */
  *chunks(tensor: MergedTensor, files: MergeFiles): Generator<Uint8Array> {
    const { dtype, shape, from, pairs } = tensor;
    const rows = shape[0] ?? 1;
    const columns = shape.slice(1).reduce((product, size) => product * size, 1);
    const rowBytes = columns * dtypeBytes[dtype];
    if (pairs.length === 0 && tensor.newRows === undefined && from.dtype === dtype) {
      yield* this.#copied(from, isOfAdapter(from) ? files.adapter : files.base);
      return;
    }
    const products = pairs.map((pair) => this.#product(pair, rows, columns, files.adapter));
    const kernels = products.map((_, i) => this.#kernels[i]!);
    const sizes = products.map((product, i) => kernels[i]!.start(product, dtype));
    const step = sizes.length > 0 ? Math.min(...sizes) : Math.max(1, Math.floor(copyBytes / rowBytes));
    const own = sizes.length > 0 ? undefined : Buffer.allocUnsafe(Math.min(step, rows) * rowBytes);
    const newRows = this.#newRows(tensor, columns, files.adapter);
    for (let row = 0; row < rows; row += step) {
      const count = Math.min(step, rows - row);
      const views = kernels.map((kernel) => kernel.chunk(count));
      const chunk = views[0] ?? own!.subarray(0, count * rowBytes);
      this.#fill(chunk, tensor, row * columns, files);
      for (const [at, bytes] of newRows) {
        if (at >= row && at < row + count) chunk.set(bytes, (at - row) * rowBytes);
      }
      for (const [i, kernel] of kernels.entries()) {
        if (i > 0) views[i]!.set(views[i - 1]!);
        kernel.add(row, count);
      }
      yield views.at(-1) ?? chunk;
    }
  }

  *#copied({ begin, byteLength }: MergedTensor['from'], file: InputFile): Generator<Uint8Array> {
    for (let at = 0; at < byteLength; at += copyBytes) {
      const part = this.#copy.subarray(0, Math.min(copyBytes, byteLength - at));
      file.read(part, begin + at);
      yield part;
    }
  }

  /** Puts the values that are there before anything is added into a chunk, from an element on. */
  #fill(chunk: Uint8Array, { dtype, from }: MergedTensor, element: number, { base, adapter }: MergeFiles): void {
    const file = isOfAdapter(from) ? adapter : base;
    const size = dtypeBytes[from.dtype];
    if (from.dtype === dtype) file.read(chunk, from.begin + element * size);
    else
      this.#converted(chunk, from.dtype as WeightDtype, dtype, (into, at) =>
        file.read(into, from.begin + (element + at) * size),
      );
  }

  #converted(
    out: Uint8Array,
    from: WeightDtype,
    to: WeightDtype,
    read: (into: Uint8Array, element: number) => void,
  ): void {
    const dtypes = { sft: from, base: to, out: to };
    const elements = out.length / dtypeBytes[to];
    const most = this.#convert.chunkElements(dtypes);
    for (let at = 0; at < elements; at += most) {
      const count = Math.min(most, elements - at);
      read(this.#convert.sft.subarray(0, count * dtypeBytes[from]), at);
      out.set(this.#convert.fuse(dtypes, count, 1, false), at * dtypeBytes[to]);
    }
  }

  /** The bytes of replaced rows by row, converted. */
  #newRows({ newRows, dtype }: MergedTensor, columns: number, file: InputFile): ReadonlyMap<number, Uint8Array> {
    if (newRows === undefined) return new Map();
    const { rows, tensor } = newRows;
    const read = (into: Uint8Array, at: number) => file.read(into, tensor.begin + at * dtypeBytes[tensor.dtype]);
    const bytes = new Uint8Array(rows.length * columns * dtypeBytes[dtype]);
    if (tensor.dtype === dtype) read(bytes, 0);
    else this.#converted(bytes, tensor.dtype, dtype, read);
    const rowBytes = columns * dtypeBytes[dtype];
    return new Map(rows.map((row, i) => [row, bytes.subarray(i * rowBytes, (i + 1) * rowBytes)]));
  }

  #product({ a, b, rank, scaling, embedding, of }: LoraPair, rows: number, columns: number, file: InputFile): LowRank {
    const values = (tensor: AdapterTensor) => adapterValues(this.#adapter, file, tensor);
    const common = { rows, columns, rank, scaling, rounding: embedding };
    if (of === 'bias') {
      // A column of one-element rows, times one.
      const one = { values: Float32Array.of(1), row: 1, column: 1 };
      return { ...common, left: { values: values(b), row: 1, column: 1 }, right: one };
    }
    if (embedding) {
      const left = { values: values(a!), row: 1, column: rows };
      return { ...common, left, right: { values: values(b), row: 1, column: rank } };
    }
    const left = { values: values(b), row: rank, column: 1 };
    return { ...common, left, right: { values: values(a!), row: columns, column: 1 } };
  }
}
