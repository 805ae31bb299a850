import { join } from 'node:path';
import type { WeightDtype } from '../checkpoint/safetensors/dtype.ts';
import { distFolder } from '../distFolder.ts';
import { Layout } from './diffMemory.ts';
import { loadWasm } from './wasmModule.ts';

/* The WebAssembly kernel that multiplies a tensor's change with a few vectors, as it is read from two files. */

interface SpectrumExports {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  deltas(
    reference: number,
    referenceKind: number,
    checkpoint: number,
    checkpointKind: number,
    into: number,
    count: number,
    before: number,
    after: number,
  ): void;
  multiply(delta: number, rows: number, columns: number, vectors: number, products: number): void;
  putAside(products: number, sums: number, count: number): void;
}

/** Vectors that a pass multiplies. */
export const vectorCount = 8;

/** As in assembly/spectrum/spectrum.ts. */
const kinds = { BF16: 0, F16: 1, F32: 2 } as const satisfies Record<WeightDtype, number>;

/** Elements of rows that are read and multiplied at a time, unless four rows are more. */
const chunkElements = 2 ** 18;

const pageBytes = 65536;

function rowsAtATime(columns: number): number {
  return Math.max(4, Math.floor(chunkElements / columns / 4) * 4);
}

/** The kernel with memory for tensors of some number of columns. */
export class SpectrumKernel {
  /** Rows that fit {@link inputs} at a time, a multiple of 4. */
  readonly rows: number;
  /** Rows of reference and checkpoint as they are stored, little-endian, from the first byte on. */
  readonly inputs: readonly [Uint8Array, Uint8Array];
  /** Q, `[columns, vectorCount]`. */
  readonly vectors: Float32Array;
  /** What {@link add} adds to, `[columns, vectorCount]`. */
  readonly sums: Float64Array;
  readonly #columns: number;
  readonly #exports: SpectrumExports;
  readonly #delta: Float32Array;
  readonly #products: Float32Array;

  private constructor(exports: SpectrumExports, columns: number) {
    this.rows = rowsAtATime(columns);
    const elements = this.rows * columns;
    const values = columns * vectorCount;
    const layout = new Layout(exports.memory.buffer.byteLength);
    const places = {
      inputs: [layout.take(4 * elements), layout.take(4 * elements)],
      delta: layout.take(4 * elements),
      vectors: layout.take(4 * values),
      products: layout.take(4 * values),
      sums: layout.take(8 * values),
    };
    exports.memory.grow(Math.ceil(layout.end / pageBytes) + 1);
    const { buffer } = exports.memory;
    const [left, right] = places.inputs.map((place) => new Uint8Array(buffer, place, 4 * elements));
    this.inputs = [left!, right!];
    this.vectors = new Float32Array(buffer, places.vectors, values);
    this.sums = new Float64Array(buffer, places.sums, values);
    this.#delta = new Float32Array(buffer, places.delta, elements);
    this.#products = new Float32Array(buffer, places.products, values);
    this.#columns = columns;
    this.#exports = exports;
  }

  /** @throws RunError when the compiled kernel is missing or damaged */
  static load(columns: number, path = join(distFolder, 'spectrum.wasm')): Promise<SpectrumKernel> {
    // The kernel is compiled from assembly/spectrum/spectrum.ts, whose exports SpectrumExports repeats.
    return loadWasm(path, (exports) => new SpectrumKernel(exports as SpectrumExports, columns));
  }

  /**
   * Adds deltaᵀ (delta Q) of the rows in {@link inputs} to {@link sums}; elements that are not finite on both sides count
   * as unchanged.
   * @param rows at most {@link rows}
   * @param scale multiplies delta: a power of two that keeps squares within float32
   */
  add(rows: number, reference: WeightDtype, checkpoint: WeightDtype, scale: number): void {
    const columns = this.#columns;
    const [left, right] = this.inputs.map(({ byteOffset }) => byteOffset);
    const delta = this.#delta.byteOffset;
    const [before, after] = [Math.min(scale, 1), Math.max(scale, 1)];
    this.#exports.deltas(left!, kinds[reference], right!, kinds[checkpoint], delta, rows * columns, before, after);
    const whole = Math.ceil(rows / 4) * 4;
    this.#delta.fill(0, rows * columns, whole * columns);
    this.#exports.multiply(delta, whole, columns, this.vectors.byteOffset, this.#products.byteOffset);
    this.#exports.putAside(this.#products.byteOffset, this.sums.byteOffset, this.sums.length);
  }
}
