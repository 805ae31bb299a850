import type { Shard } from '../../checkpoint/checkpoint.ts';
import { dtypeBytes } from '../../checkpoint/safetensors/dtype.ts';
import { OpenShards } from '../../checkpoint/shards/openShards.ts';
import type { VocabularyCompletion } from '../../checkpoint/vocabulary/completion.ts';
import type { FuseKernel } from '../../kernels/fuseKernel.ts';
import { elementsOf } from '../chunks.ts';
import { fusedParts } from '../fusedParts.ts';
import { TensorFuser, type TensorSides } from '../tensorFuser.ts';
import { type ContentTensor, type FileContent, type Span, tensorAt } from './fileContent.ts';

/* Makes the bytes of any span of a weight file: its header, and elements fused and reset. */

/** What the spans of all files have in common; plain data, which passes between threads. */
export interface FusedPair {
  readonly base: { readonly shards: readonly Shard[] };
  readonly sft: { readonly shards: readonly Shard[] };
  readonly completion: VocabularyCompletion | undefined;
  /** Share of the SFT side, 0 to 1 (eq. 1). */
  readonly alpha: number;
}

/** Files kept open: a checkpoint may have hundreds, and there is one of these for every worker. */
const mostOpen = 32;

/** Reads both sides of spans and fuses them into memory of the caller's. */
export class SpanFuser {
  readonly #pair: FusedPair;
  readonly #fuser: TensorFuser;
  readonly #files = new OpenShards();

  constructor(pair: FusedPair, kernel: FuseKernel) {
    this.#pair = pair;
    this.#fuser = new TensorFuser(kernel, pair.alpha);
  }

  /**
   * @param into as long as the span
   * @throws InputError when a file cannot be read; ChangedInput when it is not the one that was opened as the pair
   */
  fuse(content: FileContent, { from, to }: Span, into: Uint8Array): void {
    const { sft } = this.#pair;
    if (this.#files.count >= mostOpen) this.#files.closeUnchanged();
    const { headerBytes, header, tensors, shard } = content;
    if (from < headerBytes) {
      const part = into.subarray(0, Math.min(to, headerBytes) - from);
      if (header === undefined) this.#files.open(sft, shard).read(part, from);
      else part.set(header.subarray(from, from + part.length));
    }
    for (let i = tensorAt(tensors, from); i < tensors.length && tensors[i]!.begin < to; i++) {
      const tensor = tensors[i]!;
      const [first, end] = [Math.max(from, tensor.begin), Math.min(to, tensor.end)];
      this.#fuseElements(tensor, { from: first, to: end }, into.subarray(first - from, end - from));
    }
  }

  /** Closes the files. @throws ChangedInput when one was touched since it was opened */
  checkInputs(): void {
    this.#files.closeUnchanged();
  }

  close(): void {
    this.#files.close();
  }

  /** @param span of the file, inside the tensor */
  #fuseElements({ sft, base, out, reset, begin }: ContentTensor, { from, to }: Span, into: Uint8Array): void {
    const pair = this.#pair;
    const bytes = dtypeBytes[out];
    const [first, end] = [(from - begin) / bytes, (to - begin) / bytes];
    const sides: TensorSides = {
      sft: { entry: sft, file: this.#files.open(pair.sft, sft.shard) },
      base: base && { entry: base, file: this.#files.open(pair.base, base.shard) },
      out,
    };
    let [at, done] = [0, 0];
    for (const part of fusedParts(pair, sides)) {
      const partEnd = at + elementsOf(part.sft.entry.shape);
      const range = { from: Math.max(first, at) - at, to: Math.min(end, partEnd) - at };
      at = partEnd;
      if (range.from >= range.to) continue;
      for (const chunk of this.#fuser.chunks(part, reset, range)) {
        into.set(chunk, done);
        done += chunk.length;
      }
    }
  }
}
