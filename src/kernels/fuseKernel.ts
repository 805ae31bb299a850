import { join } from 'node:path';
import { dtypeBytes, type WeightDtype } from '../checkpoint/safetensors/dtype.ts';
import { distFolder } from '../distFolder.ts';
import { loadWasm } from './wasmModule.ts';

/* Loads the compiled fusion kernel and hands chunks to it. */

type Fuse = (bytes: number, alpha: number, beta: number, masked: number) => void;

interface FuseExports {
  readonly memory: { readonly buffer: ArrayBuffer };
  chunkBytes(): number;
  sftOffset(): number;
  baseOffset(): number;
  maskOffset(): number;
  resultOffset(): number;
  readonly fuseBf16: Fuse;
  readonly fuseF16: Fuse;
  readonly fuseF32: Fuse;
  select(bytes: number): void;
  fuseMixed(
    sft: number,
    base: number,
    out: number,
    count: number,
    alpha: number,
    beta: number,
    mode: number,
    masked: number,
  ): void;
}

/** How the kernel counts dtypes and what it computes, as in assembly/fuse/fuseMixed.ts. */
const dtypeNumbers = { BF16: 0, F16: 1, F32: 2 } as const;
const modes = { fused: 0, sft: 1, base: 2 } as const;

/** The dtypes of a tensor's two sides and of what is written. */
export interface FuseDtypes {
  readonly sft: WeightDtype;
  readonly base: WeightDtype;
  readonly out: WeightDtype;
}

/**
 * The fusion kernel and its fixed memory: a chunk of each side goes in, the fused chunk comes out.
 * `f32(alpha) · sft + f32(1 − alpha) · base` in float32, two products and a sum, rounded once to nearest even (eq. 1); NaN
 * becomes the canonical quiet NaN; alpha 0 and 1, and masked elements, copy bits, or convert where the dtypes differ.
 */
export class FuseKernel {
  /** Most bytes of a chunk on any side; a multiple of every element size. */
  readonly chunkBytes: number;
  /** The SFT chunk goes in here; the result comes out where all dtypes are the same. */
  readonly sft: Uint8Array;
  /** The base chunk goes in here and stays. */
  readonly base: Uint8Array;
  /** All ones in the bytes of every element of the result that takes the base's value, zeros elsewhere. */
  readonly mask: Uint8Array;
  readonly #result: Uint8Array;
  readonly #exports: FuseExports;

  private constructor(exports: FuseExports) {
    this.#exports = exports;
    this.chunkBytes = exports.chunkBytes();
    const view = (offset: number) => new Uint8Array(exports.memory.buffer, offset, this.chunkBytes);
    this.sft = view(exports.sftOffset());
    this.base = view(exports.baseOffset());
    this.mask = view(exports.maskOffset());
    this.#result = view(exports.resultOffset());
  }

  /** @throws RunError when the compiled kernel is missing or damaged */
  static load(path = join(distFolder, 'fuse.wasm')): Promise<FuseKernel> {
    // The kernel is compiled from assembly/fuse/fuse.ts, whose exports FuseExports repeats.
    return loadWasm(path, (exports) => new FuseKernel(exports as FuseExports));
  }

  /** Most elements of a chunk of these dtypes. */
  chunkElements({ sft, base, out }: FuseDtypes): number {
    return this.chunkBytes / Math.max(dtypeBytes[sft], dtypeBytes[base], dtypeBytes[out]);
  }

  /**
   * Fuses the first elements of the chunk.
   * @param count at most {@link FuseKernel.chunkElements}
   * @param masked whether elements under {@link FuseKernel.mask} take the base's value
   * @returns the result, in the kernel's memory
   */
  fuse(dtypes: FuseDtypes, count: number, alpha: number, masked: boolean): Uint8Array {
    if (count > this.chunkElements(dtypes)) throw new RangeError(`${count} elements are more than a chunk`);
    const bytes = count * dtypeBytes[dtypes.out];
    if (dtypes.sft !== dtypes.base || dtypes.sft !== dtypes.out) {
      this.#mixed(dtypes, count, alpha, alpha === 0 ? 'base' : alpha === 1 ? 'sft' : 'fused', masked);
      return this.#result.subarray(0, bytes);
    }
    if (alpha === 0) {
      this.sft.set(this.base.subarray(0, bytes));
    } else if (alpha === 1) {
      if (masked) this.#exports.select(bytes);
    } else {
      const { fuseBf16, fuseF16, fuseF32 } = this.#exports;
      const run = { BF16: fuseBf16, F16: fuseF16, F32: fuseF32 }[dtypes.out];
      run(bytes, alpha, 1 - alpha, masked ? 1 : 0);
    }
    return this.sft.subarray(0, bytes);
  }

  #mixed(dtypes: FuseDtypes, count: number, alpha: number, mode: keyof typeof modes, masked: boolean): void {
    const [sft, base, out] = [dtypeNumbers[dtypes.sft], dtypeNumbers[dtypes.base], dtypeNumbers[dtypes.out]];
    this.#exports.fuseMixed(sft, base, out, count, alpha, 1 - alpha, modes[mode], masked ? 1 : 0);
  }
}
