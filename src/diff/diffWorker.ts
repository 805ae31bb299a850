import { parentPort, workerData } from 'node:worker_threads';
import { InputError, RunError } from '../errors.ts';
import { DiffKernel } from '../kernels/diffKernel.ts';
import type { BlockSums } from './block.ts';
import { BlockDiffer } from './blockDiffer.ts';
import type { DiffAnswer, DiffRequest, DiffWorkerData } from './diffMessages.ts';

/* A worker's thread: answers blocks with their sums until it is terminated. */

function buffersOf(sums: readonly BlockSums[]): ArrayBufferLike[] {
  return sums.flatMap(({ rowNorms, columnSums, map, histogram }) =>
    [rowNorms, columnSums, map, histogram.counts].map(({ buffer }) => buffer),
  );
}

function faultOf(error: unknown): DiffAnswer {
  const kind = error instanceof InputError ? 'input' : error instanceof RunError ? 'run' : 'other';
  return { type: 'fault', kind, message: error instanceof Error ? error.message : String(error) };
}

function serve(): void {
  // Its starter passes exactly this.
  const { kernel, sizes, checkpoints, pairs } = workerData as DiffWorkerData;
  const differ = DiffKernel.load(sizes, kernel).then((loaded) => new BlockDiffer(loaded, checkpoints, pairs));
  // Told with the first answer.
  differ.catch(() => {});
  parentPort!.on('message', async (block: DiffRequest) => {
    try {
      const sums = (await differ).run(block);
      parentPort!.postMessage({ type: 'sums', sums } satisfies DiffAnswer, buffersOf(sums) as ArrayBuffer[]);
    } catch (error) {
      parentPort!.postMessage(faultOf(error));
    }
  });
}

serve();
