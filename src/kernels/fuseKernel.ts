import { join } from 'node:path';
import type { WeightDtype } from '../checkpoint/safetensors/dtype.ts';
import { distFolder } from '../distFolder.ts';
import { loadWasm } from './wasmModule.ts';

type Fuse = (bytes: number, alpha: number, beta: number, masked: number) => void;

interface FuseExports {
  readonly memory: { readonly buffer: ArrayBuffer };
  chunkBytes(): number;
  sftOffset(): number;
  baseOffset(): number;
  maskOffset(): number;
  readonly fuseBf16: Fuse;
  readonly fuseF16: Fuse;
  readonly fuseF32: Fuse;
  select(bytes: number): void;
}

/**
 * The fusion kernel and its fixed memory: a chunk of each side goes in, the fused chunk comes out over the SFT side.
 * `f32(alpha) · sft + f32(1 − alpha) · base` in float32, two products and a sum, rounded once to nearest even
 * (eq. 1); NaN becomes the canonical quiet NaN; alpha 0 and 1 copy bits.
 */
export class FuseKernel {
  /** Most bytes of a chunk; a multiple of every element size. */
  readonly chunkBytes: number;
  /** The SFT chunk goes in here, the result comes out. */
  readonly sft: Uint8Array;
  /** The base chunk goes in here and stays. */
  readonly base: Uint8Array;
  /** All ones in the bytes of every element that takes the base's bits, zeros elsewhere. */
  readonly mask: Uint8Array;
  readonly #exports: FuseExports;

  private constructor(exports: FuseExports) {
    this.#exports = exports;
    this.chunkBytes = exports.chunkBytes();
    const view = (offset: number) => new Uint8Array(exports.memory.buffer, offset, this.chunkBytes);
    this.sft = view(exports.sftOffset());
    this.base = view(exports.baseOffset());
    this.mask = view(exports.maskOffset());
  }

  /** @throws RunError when the compiled kernel is missing or damaged */
  static load(path = join(distFolder, 'fuse.wasm')): Promise<FuseKernel> {
    // The kernel is compiled from assembly/fuse.ts, whose exports FuseExports repeats.
    return loadWasm(path, (exports) => new FuseKernel(exports as FuseExports));
  }

  /**
   * Fuses the first bytes of the chunk.
   * @param bytes a whole number of elements, at most {@link FuseKernel.chunkBytes}
   * @param masked whether elements under {@link FuseKernel.mask} take the base's bits
   */
  fuse(dtype: WeightDtype, bytes: number, alpha: number, masked: boolean): void {
    if (bytes > this.chunkBytes) throw new RangeError(`${bytes} bytes are more than a chunk`);
    if (alpha === 0) {
      this.sft.set(this.base.subarray(0, bytes));
    } else if (alpha === 1) {
      if (masked) this.#exports.select(bytes);
    } else {
      const { fuseBf16, fuseF16, fuseF32 } = this.#exports;
      const run = { BF16: fuseBf16, F16: fuseF16, F32: fuseF32 }[dtype];
      run(bytes, alpha, 1 - alpha, masked ? 1 : 0);
    }
  }
}
