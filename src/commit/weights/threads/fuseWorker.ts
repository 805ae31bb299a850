import { parentPort, workerData } from 'node:worker_threads';
import { faultOf } from '../../../files/threads/fault.ts';
import { FuseKernel } from '../../../kernels/fuseKernel.ts';
import { LaneWork } from '../laneWork.ts';
import type { FuseAnswer, FuseRequest, FuseWorkerData } from './fuseMessages.ts';

/* What runs in a thread that fuses weights: goes through its requests in order, until it is terminated. */

/** @returns undefined for what is not answered */
function answer(work: LaneWork, request: FuseRequest): FuseAnswer | undefined {
  switch (request.type) {
    case 'begin':
      work.begin(request.file, request.content);
      return undefined;
    case 'forget':
      work.forget(request.file);
      return undefined;
    case 'fuse':
      work.fuse(request.file, request.span, request.place);
      return { type: 'done', value: undefined };
    case 'hash':
      work.hash(request.file, request.place);
      return { type: 'done', value: undefined };
    case 'digest':
      return { type: 'done', value: work.digest(request.file) };
    case 'isSame':
      return { type: 'done', value: work.isSame(request.place, request.other) };
    case 'checkInputs':
      work.checkInputs();
      return { type: 'done', value: undefined };
  }
}

async function serve(): Promise<void> {
  const port = parentPort!;
  // Its starter passes exactly this.
  const { kernel, pair, memory } = workerData as FuseWorkerData;
  const work = new LaneWork(pair, await FuseKernel.load(kernel), memory);
  port.on('message', (request: FuseRequest) => {
    try {
      const said = answer(work, request);
      if (said !== undefined) port.postMessage(said);
    } catch (error) {
      port.postMessage(faultOf(error));
    }
  });
}

void serve();
