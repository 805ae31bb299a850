import assert from 'node:assert/strict';
import { EngineDeath, type EngineProcess } from '../../../../src/engine/process/engineProcess.ts';
import { SharedWork } from '../../../../src/engine/process/sharedWork.ts';
import {
  dealRequest,
  measuredRequest,
  measureRequest,
  sampledRequest,
  sampleRequest,
} from '../../../../src/protocol/engine.ts';

/** A process that is dealt samples and dies. */
function dying(): EngineProcess {
  let deal = async (_: { atMost: number }): Promise<readonly number[]> => [];
  const listener = { dispose() {} };
  const connection = {
    onRequest(type: unknown, handler: typeof deal) {
      if (type === dealRequest) deal = handler;
      return listener;
    },
    onNotification: () => listener,
    async sendRequest() {
      await deal({ atMost: 1 });
      throw new EngineDeath('by signal SIGKILL', 'It was ended.');
    },
  };
  const answerOrDeath = (ask: () => Promise<unknown>) => ask();
  return { connection, answerOrDeath, killUnless: async () => {} } as unknown as EngineProcess;
}

describe('a request whose processes are lost', () => {
  const samples = [{ index: 2 }, { index: 3 }];
  const callbacks = { onSample() {} };

  it('ends with the sample or the prompt that two were lost on', async () => {
    const measuring = { item: 'sample', request: measureRequest, result: measuredRequest } as const;
    const measured = new SharedWork(measuring as never, { samples, firstSample: 0 }, 1, () => 0, callbacks);
    const sampling = { item: 'prompt', request: sampleRequest, result: sampledRequest } as const;
    const sampled = new SharedWork(sampling as never, { samples, firstSample: 0 }, 1, () => 0, callbacks);
    for (const [work, which] of [
      [measured, 'sample 3 of the calibration'],
      [sampled, 'prompt 3'],
    ] as const) {
      await work.share(dying());
      assert.ok(!work.stopped);
      await work.share(dying());
      assert.ok(work.stopped);
      assert.throws(() => work.outcome(), {
        name: 'RunError',
        message: `Two processes were lost on ${which}. It was ended.`,
      });
    }
  });
});
