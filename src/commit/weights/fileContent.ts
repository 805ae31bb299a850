import type { TensorEntry } from '../../checkpoint/checkpoint.ts';
import type { CheckpointPair } from '../../checkpoint/pair.ts';
import { type Dtype, dtypeBytes } from '../../checkpoint/safetensors/dtype.ts';
import { RunError } from '../../errors.ts';
import { type OutputShard, outputBytes } from '../outputShards.ts';
import type { TensorReset } from '../tensorReset.ts';

/* What goes into a weight file, as plain data that passes between threads, and how it is cut into spans. */

/** A tensor of a file to be written. */
export interface ContentTensor {
  readonly sft: TensorEntry;
  /** Undefined where the base has no such tensor. */
  readonly base: TensorEntry | undefined;
  readonly out: Dtype;
  readonly reset: TensorReset | undefined;
  /** First byte in the file, and the first after it. */
  readonly begin: number;
  readonly end: number;
}

/** A weight file to be written. */
export interface FileContent {
  /** Index of the SFT checkpoint's file that it is made from. */
  readonly shard: number;
  /** The first bytes; undefined: the source's very own. */
  readonly header: Uint8Array | undefined;
  readonly headerBytes: number;
  /** In the file's order, without gaps. */
  readonly tensors: readonly ContentTensor[];
  readonly byteLength: number;
}

/** Bytes of a file, `from` up to, not including, `to`. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** @throws RunError when the tensors do not fill the file, which is the caller's fault */
export function fileContent(
  pair: Pick<CheckpointPair, 'baseEntry'>,
  { source, index, header, tensors, byteLength }: OutputShard,
  resets: ReadonlyMap<string, TensorReset>,
): FileContent {
  const headerBytes = header?.length ?? source.dataStart;
  let begin = headerBytes;
  const content = tensors.map((tensor): ContentTensor => {
    const { entry, dtype } = tensor;
    const [base, reset, end] = [pair.baseEntry(entry.name), resets.get(entry.name), begin + outputBytes(tensor)];
    const made = { sft: entry, base, out: dtype, reset, begin, end };
    begin = end;
    return made;
  });
  if (begin !== byteLength) {
    throw new RunError(`"${source.name}" would be written with ${begin} bytes instead of ${byteLength}.`);
  }
  return { shard: index, header, headerBytes, tensors: content, byteLength };
}

/** Index of the first tensor that ends after a position; their number where none does. */
export function tensorAt(tensors: readonly ContentTensor[], position: number): number {
  let [low, high] = [0, tensors.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (tensors[middle]!.end > position) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** A span may be longer by less than an element, since none is cut. */
export const spanSlack = Math.max(...Object.values(dtypeBytes));

/**
 * Cuts a file into spans that begin at multiples of a number of bytes, or at the first element after one.
 *
 * @param most bytes of a span, {@link spanSlack} more or less
 */
export function* spansOf({ tensors, byteLength }: FileContent, most: number): Generator<Span> {
  for (let from = 0, next = most; from < byteLength; next += most) {
    const to = Math.min(byteLength, cutAt(tensors, next));
    if (to > from) yield { from, to };
    from = to;
  }
}

/** The first place from a position on where no element is cut. */
function cutAt(tensors: readonly ContentTensor[], position: number): number {
  const tensor = tensors[tensorAt(tensors, position)];
  if (tensor === undefined || position <= tensor.begin) return position;
  const bytes = dtypeBytes[tensor.out];
  return tensor.begin + Math.ceil((position - tensor.begin) / bytes) * bytes;
}
