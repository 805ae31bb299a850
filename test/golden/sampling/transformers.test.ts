import assert from 'node:assert/strict';
import { stopTokensOf } from '../../../src/checkpoint/stopTokens.ts';
import { startEngine } from '../../../src/engine/process/client.ts';
import type { Engine } from '../../../src/engine/process/engine.ts';
import { assertGreedy, folderOf, goldens, sampled } from './greedy.ts';

/* Sampling without chance: what transformers gives, token by token, however weights are held. */

const GB = 2 ** 30;

describe('sampling against transformers', () => {
  let engine: Engine;
  before(async () => {
    engine = await startEngine({ device: 'cpu', memoryBytes: 2 * GB });
  });
  after(() => engine.dispose());

  it('goldens are there', () => assert.equal(Object.keys(goldens).length, 24));

  for (const [name, golden] of Object.entries(goldens)) {
    it(`${name}: the most likely tokens, their log-probabilities and entropies`, async () => {
      const stopTokens = await stopTokensOf(folderOf(name));
      assert.deepEqual(stopTokens, [golden.stop].flat());
      const given = golden.answers.map(({ prompt }) => prompt);
      const { prompts: found } = await sampled(engine, folderOf(name), given, {
        maxTokens: golden.maxTokens,
        stopTokens,
      });
      assertGreedy(found, golden.answers, stopTokens);
    });
  }
});

describe('sampling with weights as stored, and with products in parts', () => {
  for (const [what, more] of [
    ['weights as stored', { weights: 'stored' }],
    ['products in parts, as on tensor cores', { units: 'tf32Cut' }],
  ] as const) {
    it(`${what}: the tokens of transformers`, async () => {
      const engine = await startEngine({ device: 'cpu', memoryBytes: GB, ...more });
      try {
        for (const name of ['sample/sft-over', 'checkpoints/tiny-llama-untied-f32']) {
          const { answers, maxTokens, stop } = goldens[name]!;
          const some = answers.slice(0, 2);
          const given = some.map(({ prompt }) => prompt);
          const stopTokens = [stop].flat();
          const { prompts: found } = await sampled(engine, folderOf(name), given, { maxTokens, stopTokens });
          assertGreedy(found, some, stopTokens);
        }
      } finally {
        await engine.dispose();
      }
    });
  }
});
