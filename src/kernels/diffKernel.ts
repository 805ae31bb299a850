import { join } from 'node:path';
import type { WeightDtype } from '../checkpoint/safetensors/dtype.ts';
import { distFolder } from '../distFolder.ts';
import {
  chunkElements,
  type DiffKernelSizes,
  fineBins,
  kernelBytes,
  Layout,
  PairMemory,
  placesOf,
  readBytes,
} from './diffMemory.ts';
import type { Add, DiffExports, InputPlace, PowerSums, TrimmedCounts } from './diffSums.ts';
import { loadWasm } from './wasmModule.ts';

/* The WebAssembly kernel that compares weights, and its memory. */

const pageBytes = 65536;

const float = new Float32Array(1);
const floatBits = new Uint32Array(float.buffer);

/** Bits of a number as float32. */
function bitsOf(value: number): number {
  float[0] = value;
  return floatBits[0]!;
}

/**
 * The diff kernel and its memory, laid out once: what was read of each checkpoint, a slot for a chunk of each as
 * float32 and two for copies, and the sums of each pair. Sums are float64 in a fixed order, the same on every machine.
 */
export class DiffKernel {
  /** What was read of each checkpoint, `[readBytes]`. */
  readonly inputs: readonly Uint8Array[];
  /** `[chunkElements]` each; the last two are for copies. */
  readonly slots: readonly Float32Array[];
  /** Sum of delta² of each of the rows last added. */
  readonly rowSums: Float64Array;
  /** Largest `|delta|` of each of the rows last added, as float32. */
  readonly rowLargest: Float32Array;
  readonly #exports: DiffExports;
  readonly #edges: Uint32Array;
  readonly #bins: Uint32Array;
  readonly #pairs: readonly PairMemory[];

  /** The two slots for copies. */
  readonly copySlots: readonly [number, number];

  private constructor(exports: DiffExports, sizes: DiffKernelSizes) {
    const layout = new Layout(exports.memory.buffer.byteLength);
    exports.memory.grow(Math.ceil(kernelBytes(sizes) / pageBytes) + 1);
    const places = placesOf(layout, sizes);
    const { buffer } = exports.memory;
    this.#exports = exports;
    this.inputs = places.inputs.map((place) => new Uint8Array(buffer, place, readBytes));
    this.slots = places.slots.map((place) => new Float32Array(buffer, place, chunkElements));
    this.copySlots = [this.slots.length - 2, this.slots.length - 1];
    this.rowSums = new Float64Array(buffer, places.rowSums, chunkElements);
    this.rowLargest = new Float32Array(buffer, places.rowLargest, chunkElements);
    this.#edges = new Uint32Array(buffer, places.edges, sizes.mapColumns + 1);
    this.#bins = new Uint32Array(buffer, places.bins, fineBins);
    this.#pairs = places.pairs.map((each) => new PairMemory(buffer, each, sizes));
  }

  /** @throws RunError when the compiled kernel is missing or damaged */
  static load(sizes: DiffKernelSizes, path = join(distFolder, 'diff.wasm')): Promise<DiffKernel> {
    // The kernel is compiled from assembly/diff/diff.ts, whose exports DiffExports repeats.
    return loadWasm(path, (exports) => new DiffKernel(exports as DiffExports, sizes));
  }

  /**
   * Puts some of what was read of a checkpoint into a slot as float32.
   * @param offset byte in {@link inputs} where the elements begin, little-endian
   * @param slot the checkpoint's own unless said
   * @returns the sum of squares; not finite exactly when an element is not
   */
  decode(checkpoint: number, dtype: WeightDtype, offset: number, elements: number, slot = checkpoint): number {
    const { decodeBf16, decodeF16, decodeF32 } = this.#exports;
    const run = { BF16: decodeBf16, F16: decodeF16, F32: decodeF32 }[dtype];
    return run(this.#inputAt(checkpoint, offset), this.slots[slot]!.byteOffset, elements);
  }

  /**
   * As {@link add}, of bfloat16 from a byte of both inputs on; adds both sides' squares too: they are not finite exactly
   * when an element is not, and the other sums are of no use then.
   * @param columns a multiple of 8
   */
  addBf16(
    pair: number,
    reference: InputPlace,
    checkpoint: InputPlace,
    rows: number,
    columns: number,
    column: number,
  ): void {
    const at = ({ checkpoint: input, offset }: InputPlace) => this.#inputAt(input, offset);
    this.#addAt(this.#exports.addBf16, pair, at(reference), at(checkpoint), rows, columns, column);
  }

  #inputAt(checkpoint: number, offset: number): number {
    return this.inputs[checkpoint]!.byteOffset + offset;
  }

  /** Sum of squares of a slot's first elements. */
  sumSquares(slot: number, elements: number): number {
    return this.#exports.sumSquares(this.slots[slot]!.byteOffset, elements);
  }

  /** Sum of the products of two slots' first elements. */
  dot(reference: number, checkpoint: number, elements: number): number {
    return this.#exports.dot(this.slots[reference]!.byteOffset, this.slots[checkpoint]!.byteOffset, elements);
  }

  /**
   * Sums of the first to fourth power of `delta - middle` over two slots' first elements: of digits that power sums of
   * delta lose where its mean is far from 0.
   */
  powers(pair: number, reference: number, checkpoint: number, elements: number, middle: number): PowerSums['powers'] {
    const { state } = this.#pairs[pair]!;
    const at = (slot: number) => this.slots[slot]!.byteOffset;
    this.#exports.powers(at(reference), at(checkpoint), elements, middle, state.byteOffset);
    return this.takeSums(pair).powers;
  }

  /** First element from `from` to `end` in two slots whose `|delta|` is above `floor`; `end` when there is none. */
  next(reference: number, checkpoint: number, from: number, end: number, floor: number): number {
    const { slots } = this;
    return this.#exports.next(slots[reference]!.byteOffset, slots[checkpoint]!.byteOffset, from, end, floor);
  }

  /**
   * Clears the sums of every pair, for a block to come; {@link takeSums} and {@link takeHistogram} clear the rest.
   * @param columnEdges `[cells + 1]`: a map's column i covers the tensor's `[columnEdges[i], columnEdges[i + 1])`
   * @param mapRows of the map that the block touches
   */
  start(columnEdges: Uint32Array, mapRows: number): void {
    const cells = columnEdges.length - 1;
    const columns = columnEdges[cells]!;
    this.#edges.set(columnEdges);
    for (const pair of this.#pairs) {
      pair.columnSums.fill(0, 0, columns);
      pair.columnLargest.fill(0, 0, columns);
      pair.map.fill(0, 0, mapRows * cells);
    }
  }

  /**
   * Adds rows, or a piece of one row, to the sums of a pair; fills {@link rowSums} and {@link rowLargest}. All elements
   * must be finite.
   * @param from first element in the slots
   * @param rows how many rows follow each other there; @param columns elements of each
   * @param column the tensor's column at which they start
   */
  add(
    pair: number,
    reference: number,
    checkpoint: number,
    from: number,
    rows: number,
    columns: number,
    column: number,
  ): void {
    const at = (slot: number) => this.slots[slot]!.byteOffset + 4 * from;
    this.#addAt(this.#exports.add, pair, at(reference), at(checkpoint), rows, columns, column);
  }

  #addAt(
    add: Add,
    pair: number,
    reference: number,
    checkpoint: number,
    rows: number,
    columns: number,
    column: number,
  ): void {
    const { state, histogram, columnSums, columnLargest } = this.#pairs[pair]!;
    add(
      reference,
      checkpoint,
      rows,
      columns,
      state.byteOffset,
      histogram.byteOffset,
      this.rowSums.byteOffset,
      this.rowLargest.byteOffset,
      columnSums.byteOffset + 8 * column,
      columnLargest.byteOffset + 4 * column,
    );
  }

  /** Clears what {@link takeSums} and {@link takeHistogram} would tell. */
  drop(): void {
    for (const [pair] of this.#pairs.entries()) {
      this.takeSums(pair);
      this.takeHistogram(pair, Number.NaN);
    }
  }

  /** What was added to a pair's sums since this was last called. */
  takeSums(pair: number): PowerSums {
    const { state } = this.#pairs[pair]!;
    const sums: PowerSums = {
      powers: [state[0]!, state[1]!, state[2]!, state[3]!],
      equal: state[4]!,
      zero: state[5]!,
      referenceSquares: state[6]!,
      checkpointSquares: state[7]!,
      signFlips: state[8]!,
    };
    state.fill(0);
    return sums;
  }

  /**
   * Pools the largest `|delta|` of each column since the last time into a row of the map, and clears them.
   * @param row of {@link map}; @param cells columns of the map
   */
  pool(pair: number, row: number, cells: number): void {
    const { columnLargest, map } = this.#pairs[pair]!;
    this.#exports.pool(columnLargest.byteOffset, this.#edges.byteOffset, cells, map.byteOffset + 4 * row * cells);
  }

  /** The map so far, row by row, in the kernel's memory. */
  map(pair: number, cells: number): Float32Array {
    return this.#pairs[pair]!.map.subarray(0, cells);
  }

  /** Sum of delta² of each column, in the kernel's memory. */
  columnSums(pair: number, columns: number): Float64Array {
    return this.#pairs[pair]!.columnSums.subarray(0, columns);
  }

  /**
   * Elements in each bin since this was last called; a copy.
   * @param largest `|delta|` as float32 that none exceeded, give or take a last bit: bins above are not looked at
   */
  takeHistogram(pair: number, largest: number): TrimmedCounts {
    const end = largest < Number.POSITIVE_INFINITY ? (bitsOf(largest) >>> 16) + 2 : fineBins;
    const first = this.#exports.gather(this.#pairs[pair]!.histogram.byteOffset, this.#bins.byteOffset, end);
    return { lowest: this.#bins[0]!, first, counts: this.#bins.slice(first, end) };
  }
}
