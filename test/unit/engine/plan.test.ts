import assert from 'node:assert/strict';
import type { Architecture } from '../../../src/checkpoint/architecture.ts';
import { planWork } from '../../../src/engine/plan.ts';

/** Qwen3-8B's shape. */
const large: Architecture = {
  family: 'qwen3',
  layers: 36,
  hiddenSize: 4096,
  heads: 32,
  keyValueHeads: 8,
  headDim: 128,
  intermediateSize: 12288,
  vocabSize: 151936,
  rmsNormEps: 1e-6,
  ropeTheta: 1e6,
  ropeScaling: { type: 'default' },
  maxPositions: 40960,
  tiedEmbeddings: false,
  queryKeyNorm: true,
  biases: {
    q_proj: false,
    k_proj: false,
    v_proj: false,
    o_proj: false,
    gate_proj: false,
    up_proj: false,
    down_proj: false,
  },
  headBias: false,
};
const work = { longest: 1000, samples: 64, targets: 8 };
const GB = 1e9;

describe('memory plan', () => {
  it('holds the whole model in one segment when the budget allows', () => {
    const plan = planWork(large, 80 * GB, work);
    assert.equal(plan.segments, 1);
    assert.deepEqual(plan.ranges, [{ from: 0, to: 36 }]);
    assert.equal(plan.targetsPerBatch, 8);
  });

  it('covers every layer once whatever the budget', () => {
    for (const budget of [1, 0.5 * GB, GB, 4 * GB, 10 * GB, 20 * GB, 40 * GB]) {
      const plan = planWork(large, budget, work);
      const covered = plan.ranges.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, i) => from + i));
      assert.deepEqual(
        covered,
        Array.from({ length: 36 }, (_, i) => i),
      );
      assert.equal(plan.segments, plan.ranges.length);
      assert.ok(plan.targetsPerBatch >= 1 && plan.samplesPerGroup >= 1 && plan.headRows >= 1);
    }
  });

  it('needs fewer segments the larger the budget', () => {
    const segments = [2, 4, 8, 16, 32].map((size) => planWork(large, size * GB, work).segments);
    assert.deepEqual(
      segments,
      [...segments].sort((a, b) => b - a),
    );
    assert.ok(segments[0]! > segments.at(-1)!);
  });

  it('asks less of a forward pass than of attribution', () => {
    const forward = planWork(large, 16 * GB, { ...work, targets: 0 });
    const attribution = planWork(large, 16 * GB, work);
    assert.ok(forward.layersPerSegment >= attribution.layersPerSegment);
  });
});
