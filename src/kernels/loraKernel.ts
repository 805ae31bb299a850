import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { dtypeBytes, type WeightDtype } from '../checkpoint/safetensors/dtype.ts';
import { distFolder } from '../distFolder.ts';
import { loadWasm, runsHere } from './wasmModule.ts';

/* The WebAssembly kernel that adds low-rank products to weights, and what goes into its memory. */

interface LoraExports {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  addProduct(
    dtype: number,
    chunk: number,
    left: number,
    right: number,
    rows: number,
    columns: number,
    rank: number,
    block: number,
    factor: number,
    rounding: number,
  ): void;
  isFused(): number;
}

/** How the kernel counts dtypes. */
const dtypeNumbers = { BF16: 0, F16: 1, F32: 2 } as const;
const pageBytes = 65536;
/** Below lies what the kernel keeps for itself. */
const firstPlace = pageBytes;
/** Rows of a tile, and columns. */
const [tileRows, tileColumns] = [4, 8];
/** Bytes of a chunk, unless four rows have more: chunk, packed rows and panels then stay in a core's second cache. */
const chunkBytes = 1 << 18;

/** A float32 matrix by its strides: element (i, j) is `values[i * row + j * column]`. */
export interface Strided {
  readonly values: Float32Array;
  readonly row: number;
  readonly column: number;
}

/** A product `left · right`, `[rows, rank] · [rank, columns]`, to be scaled and added to weights. */
export interface LowRank {
  readonly left: Strided;
  readonly right: Strided;
  readonly rows: number;
  readonly columns: number;
  readonly rank: number;
  readonly scaling: number;
  /** The scaled product is rounded to the weights' dtype before it is added. */
  readonly rounding: boolean;
}

/**
 * Most summands that are added in one go; sums of blocks are added up. It is how the library under PyTorch (MKL 2024.2) cuts
 * the inner size of a float32 product on the CPU.
 */
export function blockOf(rank: number): number {
  if (rank <= 192) return rank;
  return rank < 384 ? Math.floor(rank / 2) : 192;
}

const padded = (count: number, to: number) => Math.ceil(count / to) * to;

/** The kernel and its memory, which grows to what the largest product needs. */
export class LoraKernel {
  /** Whether the processor's fused multiply-add is used; else float64 gives the same bits, some twenty times slower. */
  readonly fast: boolean;
  readonly #exports: LoraExports;
  #product: LowRank | undefined;
  #dtype: WeightDtype = 'F32';
  #left = 0;
  #chunk = 0;
  #chunkRows = 0;

  private constructor(exports: LoraExports, fast: boolean) {
    this.#exports = exports;
    this.fast = fast;
  }

  /** @throws RunError when the compiled kernel is missing or damaged */
  static async load(folder = distFolder, exact = false): Promise<LoraKernel> {
    // The kernels are compiled from assembly/lora/lora.ts, whose exports LoraExports repeats.
    const fast = join(folder, 'lora.wasm');
    if (!exact && (await supported(fast))) {
      const kernel = await loadWasm(fast, (exports) => new LoraKernel(exports as LoraExports, true));
      if (kernel.#exports.isFused() !== 0) return kernel;
    }
    return loadWasm(join(folder, 'loraExact.wasm'), (exports) => new LoraKernel(exports as LoraExports, false));
  }

  /**
   * Takes a product up, for weights of a dtype.
   * @returns rows of a chunk
   */
  start(product: LowRank, dtype: WeightDtype): number {
    const { rows, columns, rank } = product;
    const rowBytes = columns * dtypeBytes[dtype];
    const most = Math.max(tileRows, Math.floor(chunkBytes / rowBytes / tileRows) * tileRows);
    this.#chunkRows = Math.min(most, padded(rows, tileRows));
    const panels = padded(columns, tileColumns) * rank * 4;
    this.#left = padded(firstPlace + panels, 64);
    this.#chunk = padded(this.#left + this.#chunkRows * rank * 4, 64);
    const end = this.#chunk + this.#chunkRows * rowBytes + 64;
    const missing = end - this.#exports.memory.buffer.byteLength;
    if (missing > 0) this.#exports.memory.grow(Math.ceil(missing / pageBytes));
    this.#pack(product.right.values, firstPlace, columns, rank, tileColumns, product.right.column, product.right.row);
    this.#product = product;
    this.#dtype = dtype;
    return this.#chunkRows;
  }

  /** Where the weights of so many rows go in, and come out. Of use until the next {@link start}. */
  chunk(rows: number): Uint8Array {
    const { columns } = this.#product!;
    return new Uint8Array(this.#exports.memory.buffer, this.#chunk, rows * columns * dtypeBytes[this.#dtype]);
  }

  /** Adds the product's rows from `row` on to the chunk. */
  add(row: number, rows: number): void {
    const { left, columns, rank, scaling, rounding } = this.#product!;
    if (rows > this.#chunkRows) throw new RangeError(`${rows} rows are more than a chunk`);
    this.#pack(left.values, this.#left, rows, rank, tileRows, left.row, left.column, row);
    this.#exports.addProduct(
      dtypeNumbers[this.#dtype],
      this.#chunk,
      this.#left,
      firstPlace,
      rows,
      columns,
      rank,
      blockOf(rank),
      scaling,
      rounding ? 1 : 0,
    );
  }

  /** Packs `[count, rank]` values as `[count / width, rank, width]`, zeros after the last. */
  #pack(
    values: Float32Array,
    place: number,
    count: number,
    rank: number,
    width: number,
    along: number,
    deep: number,
    from = 0,
  ): void {
    const out = new Float32Array(this.#exports.memory.buffer, place, padded(count, width) * rank);
    for (let group = 0, at = 0; group < count; group += width) {
      const there = Math.min(width, count - group);
      for (let k = 0; k < rank; k++, at += width) {
        let source = (from + group) * along + k * deep;
        for (let i = 0; i < there; i++, source += along) out[at + i] = values[source]!;
        for (let i = there; i < width; i++) out[at + i] = 0;
      }
    }
  }
}

/**
 * Whether the engine has the fused instruction behind a flag. From V8 11.4 on, so in Node 21 and later, it is always there, and V8
 * prints to standard error that it does not know the flag.
 *
 * @param v8 version of V8, such as `11.3.244.8-node.26`
 */
export function isBehindFlag(v8: string = process.versions.v8): boolean {
  const [major = 0, minor = 0] = v8.split('.').map(Number);
  return major < 11 || (major === 11 && minor < 4);
}

/** Whether the engine compiles the fused instruction; Node 20 does so when asked. */
async function supported(path: string): Promise<boolean> {
  if (await runsHere(path)) return true;
  if (!isBehindFlag()) return false;
  setFlagsFromString('--experimental-wasm-relaxed-simd');
  return runsHere(path);
}
