import { join } from 'node:path';
import type { WeightDtype } from '../checkpoint/dtype.ts';
import { distFolder } from '../distFolder.ts';
import { loadWasm } from './wasmModule.ts';

interface DiffExports {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  sumSquares(values: number, count: number): number;
  decodeBf16(from: number, into: number, count: number): number;
  decodeF16(from: number, into: number, count: number): number;
  pivot(reference: number, checkpoint: number, count: number): number;
  add(
    reference: number,
    checkpoint: number,
    rows: number,
    columns: number,
    middle: number,
    state: number,
    histogram: number,
    rowSums: number,
    rowLargest: number,
    columnSums: number,
    columnLargest: number,
  ): void;
  pool(columnLargest: number, edges: number, count: number, cells: number): void;
  gather(histogram: number, count: number): void;
}

/**
 * Most elements of a chunk. Two sides as float32 and one as it is stored are 160 KiB, which fit a second-level cache of
 * 512 KiB beside the sums.
 */
export const chunkElements = 16384;

/** Bins of the fine histogram: sign-less upper halves of float32, 8 bits of exponent and 7 of fraction. */
export const fineBins = 32768;

/** Bytes behind every buffer into which the last vector may run. */
const slack = 64;
const pageBytes = 65536;

/** Sums over some elements of delta = checkpoint - reference; delta's powers are of delta - middle. */
export interface PowerSums {
  /** Sum of the products of both sides. */
  readonly dot: number;
  /** Sum of delta². */
  readonly squares: number;
  /** Sums of the first to fourth power. */
  readonly powers: readonly [number, number, number, number];
  /** Elements with equal bits. */
  readonly equal: number;
  /** Elements with delta 0. */
  readonly zero: number;
  /** Largest `|delta|` as float32. */
  readonly largest: number;
}

export interface DiffKernelSizes {
  /** Chunks of float32 held at a time. */
  readonly slots: number;
  readonly pairs: number;
  /** Columns of the widest tensor. */
  readonly maxColumns: number;
  /** Columns of the widest map. */
  readonly maxCells: number;
}

/** Takes pieces of memory one after the other. */
class Layout {
  end: number;

  constructor(begin: number) {
    this.end = begin;
  }

  take(bytes: number): number {
    const begin = this.end;
    this.end += Math.ceil((bytes + slack) / 16) * 16;
    return begin;
  }
}

/** Words of a pair's state: see PowerSums, in that order. */
const stateWords = 9;

/** Addresses of the sums of one pair. */
const pairPlaces = (layout: Layout, maxColumns: number) => ({
  state: layout.take(stateWords * 8),
  histogram: layout.take(fineBins * 16),
  columnSums: layout.take(maxColumns * 8),
  columnLargest: layout.take(maxColumns * 4),
});

const places = (layout: Layout, { slots, pairs, maxColumns, maxCells }: DiffKernelSizes) => ({
  raw: layout.take(chunkElements * 2),
  slots: Array.from({ length: slots }, () => layout.take(chunkElements * 4)),
  rowSums: layout.take(chunkElements * 8),
  rowLargest: layout.take(chunkElements * 4),
  edges: layout.take((maxCells + 1) * 4),
  cells: layout.take(maxCells * 4),
  pairs: Array.from({ length: pairs }, () => pairPlaces(layout, maxColumns)),
});

/** Memory that a kernel takes, in bytes. */
export function kernelBytes(sizes: DiffKernelSizes): number {
  const layout = new Layout(0);
  places(layout, sizes);
  return layout.end;
}

/**
 * The diff kernel and its memory, laid out once: slots that hold a chunk of one side each as float32, and the sums of
 * each pair. Sums are float64 in a fixed order, the same on every machine.
 */
export class DiffKernel {
  /** `[chunkElements]` each. */
  readonly slots: readonly Float32Array[];
  /** Sum of delta² of each of the rows last added. */
  readonly rowSums: Float64Array;
  /** Largest `|delta|` of each of the rows last added, as float32. */
  readonly rowLargest: Float32Array;
  readonly #exports: DiffExports;
  readonly #places: ReturnType<typeof places>;
  readonly #raw: Uint8Array;

  private constructor(exports: DiffExports, sizes: DiffKernelSizes) {
    const layout = new Layout(exports.memory.buffer.byteLength);
    exports.memory.grow(Math.ceil(kernelBytes(sizes) / pageBytes) + 1);
    const laid = places(layout, sizes);
    const { buffer } = exports.memory;
    this.#exports = exports;
    this.#places = laid;
    this.#raw = new Uint8Array(buffer, laid.raw, chunkElements * 2);
    this.slots = laid.slots.map((place) => new Float32Array(buffer, place, chunkElements));
    this.rowSums = new Float64Array(buffer, laid.rowSums, chunkElements);
    this.rowLargest = new Float32Array(buffer, laid.rowLargest, chunkElements);
  }

  /** @throws RunError when the compiled kernel is missing or damaged */
  static load(sizes: DiffKernelSizes, path = join(distFolder, 'diff.wasm')): Promise<DiffKernel> {
    // The kernel is compiled from assembly/diff.ts, whose exports DiffExports repeats.
    return loadWasm(path, (exports) => new DiffKernel(exports as DiffExports, sizes));
  }

  /**
   * Puts a chunk into a slot as float32.
   * @param fill writes the chunk's bytes, little-endian
   * @returns the sum of squares; not finite exactly when an element is not
   */
  fill(slot: number, dtype: WeightDtype, elements: number, fill: (bytes: Uint8Array) => void): number {
    const into = this.#places.slots[slot]!;
    const { decodeBf16, decodeF16, sumSquares } = this.#exports;
    if (dtype === 'F32') {
      fill(new Uint8Array(this.#exports.memory.buffer, into, elements * 4));
      return sumSquares(into, elements);
    }
    fill(this.#raw.subarray(0, elements * 2));
    return (dtype === 'BF16' ? decodeBf16 : decodeF16)(this.#places.raw, into, elements);
  }

  /** Sum of squares of a slot's first elements, which must be finite. */
  sumSquares(slot: number, elements: number): number {
    return this.#exports.sumSquares(this.#places.slots[slot]!, elements);
  }

  /** About where delta's mean lies in the slots' first elements, 0 where it is small against delta's spread. */
  pivot(reference: number, checkpoint: number, elements: number): number {
    const { slots } = this.#places;
    return this.#exports.pivot(slots[reference]!, slots[checkpoint]!, elements);
  }

  /** Clears the sums of a pair. @param columns of the tensor that comes next */
  clear(pair: number, columns: number): void {
    const { histogram, columnSums, columnLargest } = this.#places.pairs[pair]!;
    this.#bytes(histogram, fineBins * 16).fill(0);
    this.#bytes(columnSums, columns * 8).fill(0);
    this.#bytes(columnLargest, columns * 4).fill(0);
    this.#state(pair).fill(0);
  }

  /**
   * Adds rows, or a piece of one row, to the sums of a pair; fills {@link rowSums} and {@link rowLargest}. All elements
   * must be finite.
   * @param from first element in the slots
   * @param rows how many rows follow each other there
   * @param columns elements of each
   * @param column the tensor's column at which they start
   * @param middle where the powers are taken around
   */
  add(
    pair: number,
    reference: number,
    checkpoint: number,
    { from, rows, columns, column }: { from: number; rows: number; columns: number; column: number },
    middle: number,
  ): void {
    const { slots, rowSums, rowLargest, pairs } = this.#places;
    const { state, histogram, columnSums, columnLargest } = pairs[pair]!;
    this.#exports.add(
      slots[reference]! + 4 * from,
      slots[checkpoint]! + 4 * from,
      rows,
      columns,
      middle,
      state,
      histogram,
      rowSums,
      rowLargest,
      columnSums + 8 * column,
      columnLargest + 4 * column,
    );
  }

  /** What was added to a pair's sums since this was last called, but histogram and columns. */
  takeSums(pair: number): PowerSums {
    const state = this.#state(pair);
    const [dot, squares, first, second, third, fourth, equal, zero, largest] = state as unknown as Sums;
    state.fill(0);
    return { dot, squares, powers: [first, second, third, fourth], equal, zero, largest };
  }

  /**
   * Pools the largest `|delta|` of each column since the last time into cells, and clears them.
   * @param edges `[cells + 1]`: cell i covers columns `[edges[i], edges[i + 1])`
   * @param cells `[cells]`, kept up
   */
  pool(pair: number, edges: Uint32Array, cells: Float32Array): void {
    const { buffer } = this.#exports.memory;
    const places = this.#places;
    new Uint32Array(buffer, places.edges, edges.length).set(edges);
    const own = new Float32Array(buffer, places.cells, cells.length);
    own.set(cells);
    this.#exports.pool(places.pairs[pair]!.columnLargest, places.edges, cells.length, places.cells);
    cells.set(own);
  }

  /** Sum of delta² of each column, in the kernel's memory. */
  columnSums(pair: number, columns: number): Float64Array {
    return new Float64Array(this.#exports.memory.buffer, this.#places.pairs[pair]!.columnSums, columns);
  }

  /** Elements in each bin, in the kernel's memory. The pair must be cleared before more is added. */
  gatherHistogram(pair: number): Uint32Array {
    const { histogram } = this.#places.pairs[pair]!;
    this.#exports.gather(histogram, fineBins);
    return new Uint32Array(this.#exports.memory.buffer, histogram, fineBins);
  }

  #bytes(place: number, length: number): Uint8Array {
    return new Uint8Array(this.#exports.memory.buffer, place, length);
  }

  #state(pair: number): Float64Array {
    return new Float64Array(this.#exports.memory.buffer, this.#places.pairs[pair]!.state, stateWords);
  }
}

type Sums = readonly [number, number, number, number, number, number, number, number, number];
