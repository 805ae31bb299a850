import assert from 'node:assert/strict';
import { openCheckpoint } from '../../../../src/checkpoint/openCheckpoint.ts';
import { weightMemory } from '../../../../src/engine/plan/heldWeights.ts';
import { longestOf, planSampling } from '../../../../src/engine/plan/samplingPlan.ts';
import { cacheBytes } from '../../../../src/engine/sessions/keyValueCache.ts';
import { RunError } from '../../../../src/errors.ts';
import { sampleFolder } from '../../../paths.ts';

/** As of a model of 7 billion parameters. */
const large = {
  layers: 32,
  hiddenSize: 4096,
  intermediateSize: 11_008,
  heads: 32,
  keyValueHeads: 32,
  headDim: 128,
  vocabSize: 32_000,
};

describe('the plan of sampling', () => {
  const ways = [weightMemory('float32', 'BF16'), weightMemory('cast', 'BF16')];
  const work = { prompts: Array<number>(100).fill(60), samples: 16, mostRows: 188 };

  it('takes as many answers at a time as the budget has room for, and never more', async () => {
    const { architecture } = await openCheckpoint(`${sampleFolder}/base`);
    let before = 0;
    for (let megabytes = 130; megabytes < 500; megabytes += 10) {
      const plan = planSampling(architecture, megabytes * 1e6, work, ways);
      assert.ok(plan.estimate.memoryBytes <= megabytes * 1e6);
      assert.ok(plan.places >= before);
      assert.ok(plan.estimate.memoryBytes > plan.places * cacheBytes(architecture, work.mostRows));
      before = plan.places;
    }
    // 12 batches, of 9 prompts at most.
    assert.equal(before, 144);
    const few = planSampling(architecture, 4e9, { ...work, prompts: [3], samples: 4 }, ways);
    assert.equal(few.places, 4);
  });

  it('takes any number of prompts', async () => {
    const { architecture } = await openCheckpoint(`${sampleFolder}/base`);
    const prompts = Array<number>(200_000).fill(3);
    prompts[150_000] = 60;
    assert.equal(longestOf(prompts), 60);
    assert.equal(planSampling(architecture, 4e9, { ...work, prompts }, ways).places, 256);
  });

  it('holds weights as stored where that alone leaves room, and says what would do where nothing does', async () => {
    const architecture = { ...(await openCheckpoint(`${sampleFolder}/base`)).architecture, ...large };
    assert.equal(planSampling(architecture, 60e9, work, ways).held, 'float32');
    const stored = planSampling(architecture, 22e9, work, ways);
    assert.equal(stored.held, 'cast');
    assert.ok(stored.places > 1);
    assert.throws(
      () => planSampling(architecture, 8e9, work, ways),
      (error: Error) =>
        error instanceof RunError &&
        /^Sampling needs .* 1\d\.\d GB .* budget is 8 GB\. Raise --memory/.test(error.message),
    );
  });
});
