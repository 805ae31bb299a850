import assert from 'node:assert/strict';
import { promptBatches } from '../../../src/sampling/promptBatches.ts';

describe('batches of prompts', () => {
  it('lie one after the other, evenly, and are as many as there are answers for', () => {
    for (const [prompts, samples, count] of [
      [0, 8, 0],
      [1, 1, 1],
      [12, 4, 1],
      [100, 8, 6],
      [200, 16, 16],
      [1000, 16, 31],
      [3, 500, 3],
    ] as const) {
      const batches = promptBatches(prompts, samples);
      assert.equal(batches.length, count, `${prompts} prompts`);
      let at = 0;
      for (const { from, to } of batches) {
        assert.equal(from, at);
        assert.ok(to > from && to - from <= Math.ceil(prompts / count));
        at = to;
      }
      assert.equal(at, prompts);
    }
  });
});
