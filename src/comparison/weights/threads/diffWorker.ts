import { parentPort, workerData } from 'node:worker_threads';
import { faultOf } from '../../../files/threads/fault.ts';
import { DiffKernel } from '../../../kernels/diffKernel.ts';
import type { BlockSums } from '../blocks/block.ts';
import { BlockDiffer } from '../blocks/blockDiffer.ts';
import type { DiffAnswer, DiffRequest, DiffTask, DiffWorkerData } from './diffMessages.ts';

/*
 * What runs in a thread that compares weights: answers blocks with their sums, task after task, until it is terminated.
 */

function buffersOf(sums: readonly BlockSums[]): ArrayBufferLike[] {
  return sums.flatMap(({ rowNorms, columnSums, map, histogram }) =>
    [rowNorms, columnSums, map, histogram.counts].map(({ buffer }) => buffer),
  );
}

/** The last kernel, for checkpoints of the same shape: code compiled for it is of no use to another. */
let last: { readonly sizes: string; readonly kernel: Promise<DiffKernel> } | undefined;

async function open({ sizes, checkpoints, pairs }: DiffTask): Promise<BlockDiffer> {
  const key = JSON.stringify(sizes);
  // Its starter passes exactly this.
  const { kernel } = workerData as DiffWorkerData;
  if (last?.sizes !== key) last = { sizes: key, kernel: DiffKernel.load(sizes, kernel) };
  return new BlockDiffer(await last.kernel, checkpoints, pairs);
}

function serve(): void {
  const port = parentPort!;
  let opened: Promise<BlockDiffer> | undefined;
  const answer = async (request: Exclude<DiffRequest, { type: 'open' }>) => {
    try {
      // The starter opens a task before anything else.
      const differ = await opened!;
      if (request.type === 'close') {
        differ.close();
        opened = undefined;
        return port.postMessage({ type: 'closed' } satisfies DiffAnswer);
      }
      const sums = differ.run(request.block);
      port.postMessage({ type: 'sums', sums } satisfies DiffAnswer, buffersOf(sums) as ArrayBuffer[]);
    } catch (error) {
      port.postMessage(faultOf(error));
    }
  };
  port.on('message', (request: DiffRequest) => {
    if (request.type !== 'open') return void answer(request);
    opened = open(request.task);
    // Told with the first answer.
    opened.catch(() => {});
  });
}

serve();
