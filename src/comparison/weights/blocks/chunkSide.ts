import type { Checkpoint } from '../../../checkpoint/checkpoint.ts';
import { dtypeBytes, type WeightDtype } from '../../../checkpoint/safetensors/dtype.ts';
import type { OpenShards } from '../../../checkpoint/shards/openShards.ts';
import type { DiffKernel } from '../../../kernels/diffKernel.ts';
import { readBytes } from '../../../kernels/diffMemory.ts';
import type { InputPlace } from '../../../kernels/diffSums.ts';
import type { Block } from './block.ts';
import type { Chunk } from './chunks.ts';

/** One checkpoint's side of a block: its current chunk, as it was read and, once asked for, as float32. */
export class ChunkSide {
  readonly #kernel: DiffKernel;
  readonly #open: OpenShards;
  readonly #source: Pick<Checkpoint, 'shards'>;
  readonly #checkpoint: number;
  readonly #block: Block;
  /** What of the file is in the kernel's input. */
  #window = { begin: 0, end: 0 };
  #offset = 0;
  #elements = 0;
  #squares: number | undefined;

  /** @param checkpoint position among the kernel's inputs */
  constructor(
    kernel: DiffKernel,
    open: OpenShards,
    source: Pick<Checkpoint, 'shards'>,
    checkpoint: number,
    block: Block,
  ) {
    this.#kernel = kernel;
    this.#open = open;
    this.#source = source;
    this.#checkpoint = checkpoint;
    this.#block = block;
  }

  get dtype(): WeightDtype {
    return this.#block.places[this.#checkpoint]!.dtype;
  }

  /** Reads on, where the chunk is not there yet. @throws InputError when the file cannot be read */
  take(chunk: Chunk): void {
    const { rowEnd, columns, places } = this.#block;
    const { dtype, shard, begin } = places[this.#checkpoint]!;
    const elementBytes = dtypeBytes[dtype];
    const first = begin + (chunk.row * columns + chunk.column) * elementBytes;
    this.#elements = chunk.rows * chunk.columns;
    if (first + this.#elements * elementBytes > this.#window.end) {
      const end = Math.min(first + readBytes, begin + rowEnd * columns * elementBytes);
      const file = this.#open.open(this.#source, shard);
      file.read(this.#kernel.inputs[this.#checkpoint]!.subarray(0, end - first), first);
      this.#window = { begin: first, end };
    }
    this.#offset = first - this.#window.begin;
    this.#squares = undefined;
  }

  /** The chunk's element in the kernel's input, row by row. */
  place(element: number): InputPlace {
    return { checkpoint: this.#checkpoint, offset: this.#offset + element * dtypeBytes[this.dtype] };
  }

  /** Puts the chunk into the checkpoint's own slot as float32, once. @returns its sum of squares */
  decoded(): number {
    this.#squares ??= this.#kernel.decode(this.#checkpoint, this.dtype, this.#offset, this.#elements);
    return this.#squares;
  }

  /** Puts some of the chunk into a slot as float32. */
  decodeInto(slot: number, element: number, elements: number): void {
    this.#kernel.decode(this.#checkpoint, this.dtype, this.place(element).offset, elements, slot);
  }
}
