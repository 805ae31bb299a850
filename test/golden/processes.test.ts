import assert from 'node:assert/strict';
import { startEngine } from '../../src/engine/client.ts';
import { attribute, entropies } from './engineChecks.ts';
import { loadGolden } from './golden.ts';

/** Too small for the whole of any model: segments of one layer, and as few samples a group. */
const memoryBytes = 150_000;

describe('several processes in segments', () => {
  for (const name of ['tiny-qwen3-untied-sharded', 'tiny-llama-tied-bias']) {
    it(`${name}: give every number of one process, bit for bit`, async () => {
      const golden = await loadGolden(name);
      const one = await startEngine({ device: 'cpu', memoryBytes });
      const three = await startEngine({ device: 'cpu', memoryBytes, processes: 3 });
      try {
        const expected = await attribute(one, golden);
        const actual = await attribute(three, golden);
        assert.ok(expected.plan.segments > 1);
        assert.deepEqual(actual.samples, expected.samples);
        assert.deepEqual(actual.scores, expected.scores);
        assert.deepEqual(await entropies(three, golden.base, golden), await entropies(one, golden.base, golden));
        assert.equal(three.processes, 3);
      } finally {
        await one.dispose();
        await three.dispose();
      }
    });
  }
});
