import assert from 'node:assert/strict';
import { startEngine } from '../../../src/engine/process/client.ts';
import { RunError } from '../../../src/errors.ts';
import { prompts, sampled, sft, tokensOf } from './greedy.ts';

/* Sampling in a memory budget: fewer answers at a time, and the same ones. */

const GB = 2 ** 30;

describe('sampling in little memory, and by several processes', () => {
  const options = { samples: 6, temperature: 1, maxTokens: 24, seed: 3 };
  it('samples fewer answers at a time, and the same', async () => {
    const wide = await startEngine({ device: 'cpu', memoryBytes: GB, processes: 2 });
    const narrow = await startEngine({ device: 'cpu', memoryBytes: 129e6 });
    try {
      const { prompts: expected } = await sampled(wide, sft, prompts, options);
      const { prompts: found, plan } = await sampled(narrow, sft, prompts, options);
      assert.ok(plan.samplesPerGroup < 12, `${plan.samplesPerGroup} at a time`);
      assert.ok(plan.estimate.memoryBytes <= 129e6);
      assert.deepEqual(found.map(tokensOf), expected.map(tokensOf));
      assert.deepEqual(
        expected.map(({ index }) => index),
        [0, 1, 2, 3, 4, 5],
      );
    } finally {
      await wide.dispose();
      await narrow.dispose();
    }
  });

  it('refuses a model that does not fit, and says what it takes', async () => {
    const engine = await startEngine({ device: 'cpu', memoryBytes: 110e6 });
    try {
      await assert.rejects(
        sampled(engine, sft, prompts, options),
        (error: Error) =>
          error instanceof RunError && /whole model in memory: 1\d\d MB .* budget is 110 MB/.test(error.message),
      );
    } finally {
      await engine.dispose();
    }
  });
});
