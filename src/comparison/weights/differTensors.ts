import { availableParallelism } from 'node:os';
import type { Checkpoint } from '../../checkpoint/checkpoint.ts';
import { dtypeBytes } from '../../checkpoint/safetensors/dtype.ts';
import { Interrupted } from '../../errors.ts';
import { kernelBytes } from '../../kernels/diffMemory.ts';
import { mapCells } from '../../record/comparison/tensors/mapGrid.ts';
import type { TensorDifference } from '../../record/comparison/tensors/tensorDifference.ts';
import { type MatchedTensor, matchTensors } from '../checkpoints/tensorMatch.ts';
import { type Block, type BlockSums, blockElements, blocksOf, elementsOf } from './blocks/block.ts';
import type { DiffPair } from './blocks/blockDiffer.ts';
import { TensorSums } from './tensorSums.ts';
import { DiffWorkers } from './threads/diffWorkers.ts';

/* Compares the weights of checkpoints tensor by tensor: hands blocks to threads, and adds their sums up in order. */

export interface DiffOptions {
  readonly signal?: AbortSignal | undefined;
  /** Bytes of all checkpoints gone through, and in all. */
  readonly onProgress?: (doneBytes: number, totalBytes: number) => void;
  /** Called tensor by tensor in the first checkpoint's order, for each the pairs in order. What it throws ends the diff. */
  readonly onDifference: (pair: number, difference: TensorDifference) => void;
  /** Threads; by default one a core, four at most, fewer where the sums of many pairs would take much memory. */
  readonly workers?: number | undefined;
}

/** More threads than this gained nothing more: reading bounds them. */
const maxWorkers = 4;
/** Memory of all kernels together that keeps six checkpoints, all pairs, well under 300 MB. */
const kernelBudget = 128e6;
/**
 * What may be with the threads or wait for those before it, for each thread: elements, and blocks, which may be small.
 */
const elementsAhead = 3 * blockElements;
const blocksAhead = 8;

interface Step {
  readonly tensor: number;
  readonly elements: number;
  /** None of a tensor without elements. */
  readonly block: Block | undefined;
  readonly last: boolean;
}

function* stepsOf(tensors: readonly MatchedTensor[]): Generator<Step> {
  for (const [tensor, matched] of tensors.entries()) {
    const blocks = [...blocksOf(matched)];
    if (blocks.length === 0) yield { tensor, elements: 0, block: undefined, last: true };
    for (const block of blocks) yield { tensor, elements: elementsOf(block), block, last: block === blocks.at(-1) };
  }
}

function bytesOf(elements: number, { places }: Pick<MatchedTensor, 'places'>): number {
  return places.reduce((sum, { dtype }) => sum + elements * dtypeBytes[dtype], 0);
}

function workerCount(asked: number | undefined, bytesEach: number): number {
  if (asked !== undefined) return Math.max(1, asked);
  return Math.max(1, Math.min(maxWorkers, availableParallelism(), Math.floor(kernelBudget / bytesEach)));
}

/**
 * What changed between checkpoints, tensor by tensor, in one pass over their files: each byte is read once for all
 * pairs (but embeddings that stand for a head not stored, again). Memory is bounded whatever the size of the model; the result is the same
 * to the last bit whatever the number of threads.
 *
 * @param checkpoints of which what all that are in a pair share is compared; dtypes may differ
 * @param pairs positions in `checkpoints`; delta is checkpoint - reference
 * @throws InputError for a tensor that is no float, and when a file cannot be read or changes
 * @throws Interrupted on abort
 * @throws RunError when a thread ends, or the project is not built
 */
export async function differTensors(
  checkpoints: readonly Checkpoint[],
  pairs: readonly DiffPair[],
  { signal, onProgress, onDifference, workers }: DiffOptions,
): Promise<void> {
  // Only those in a pair are read.
  const used = checkpoints.filter((_, i) => pairs.some((pair) => pair.reference === i || pair.checkpoint === i));
  const position = (i: number) => used.indexOf(checkpoints[i]!);
  const usedPairs = pairs.map(({ reference, checkpoint }) => ({
    reference: position(reference),
    checkpoint: position(checkpoint),
  }));
  const tensors = matchTensors(used).shared;
  if (signal?.aborted) throw new Interrupted('Stopped.');
  const maxColumns = tensors.reduce((most, { columns }) => Math.max(most, columns), 0);
  const sizes = {
    checkpoints: used.length,
    pairs: pairs.length,
    maxColumns,
    mapRows: tensors.reduce((most, { rows }) => Math.max(most, mapCells(rows)), 0),
    mapColumns: mapCells(maxColumns),
  };
  const count = workerCount(workers, kernelBytes(sizes));
  const task = { sizes, checkpoints: used.map(({ shards }) => ({ shards })), pairs: usedPairs };
  const threads = new DiffWorkers(count, task);
  const stop = () => void threads.close(new Interrupted('Stopped.'));
  signal?.addEventListener('abort', stop, { once: true });
  try {
    await putTogether(tensors, pairs.length, threads, count, onDifference, onProgress);
    await threads.finish();
  } catch (error) {
    await threads.close(error);
    throw error;
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}

/** Hands blocks out and merges their sums in order. */
async function putTogether(
  tensors: readonly MatchedTensor[],
  pairs: number,
  threads: DiffWorkers,
  threadCount: number,
  onDifference: DiffOptions['onDifference'],
  onProgress: DiffOptions['onProgress'],
): Promise<void> {
  const totalBytes = tensors.reduce((sum, tensor) => sum + bytesOf(tensor.rows * tensor.columns, tensor), 0);
  let doneBytes = 0;
  const steps = stepsOf(tensors);
  const queue: (Step & { readonly sums: Promise<readonly BlockSums[]> })[] = [];
  let queued = 0;
  const fillQueue = () => {
    while (queued < threadCount * elementsAhead && queue.length < threadCount * blocksAhead) {
      const { value: step, done } = steps.next();
      if (done) return;
      const sums = step.block === undefined ? Promise.resolve([]) : threads.run(step.block);
      // Thrown where it is awaited; nobody may come to that.
      sums.catch(() => {});
      queue.push({ ...step, sums });
      queued += step.elements;
    }
  };
  let open: TensorSums[] | undefined;
  for (fillQueue(); queue.length > 0; fillQueue()) {
    const { tensor: index, elements, last, sums } = queue.shift()!;
    const tensor = tensors[index]!;
    open ??= Array.from({ length: pairs }, () => new TensorSums(tensor));
    for (const [pair, blockSums] of (await sums).entries()) open[pair]!.add(blockSums);
    queued -= elements;
    doneBytes += bytesOf(elements, tensor);
    onProgress?.(doneBytes, totalBytes);
    if (!last) continue;
    for (const [pair, all] of open.entries()) onDifference(pair, all.finish());
    open = undefined;
  }
}
