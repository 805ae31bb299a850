import assert from 'node:assert/strict';
import { parseConfig } from '../../../../src/checkpoint/architecture/config.ts';
import type { PlannedModel } from '../../../../src/run/planning/plannedModel.ts';
import { likelyTargets, plannedPhases, shardWorkOf } from '../../../../src/run/planning/plannedPhases.ts';
import { shardRanges } from '../../../../src/run/shards/shardPlace.ts';

/** Llama 3's 70B. */
const config = {
  ...{ model_type: 'llama', hidden_size: 8192, intermediate_size: 28_672, num_hidden_layers: 80 },
  ...{ num_attention_heads: 64, num_key_value_heads: 8, vocab_size: 128_256, rms_norm_eps: 1e-5, rope_theta: 5e5 },
  ...{ max_position_embeddings: 8192, tie_word_embeddings: false, hidden_act: 'silu' },
};
const model: PlannedModel = {
  folder: '/llama',
  architecture: parseConfig(JSON.stringify(config), '/llama/config.json'),
  dtype: 'BF16',
  bytes: 141e9,
  tokenizerPath: undefined,
  notes: [],
};
const samples = Array.from({ length: 128 }, (_, i) => {
  return { tokens: 1024, responses: [{ start: 512, end: 1024 }], heldOut: i % 8 === 7 };
});
const device = { device: 'cuda', memoryBytes: 68e9, weights: 'auto', precision: 'exact', scratchBytes: 500e9 } as const;
const [base, sft, attribution] = plannedPhases(model, model, samples, 10, device);

describe('what a 70B run is planned to take', () => {
  it('is as much as its weights and samples make necessary', () => {
    // 68.5 billion weights in layers, two bytes each; two operations a weight and row, and attention and the head beside.
    assert.ok(Math.abs(base!.layerBytes / 136.9e9 - 1) < 0.01, `${base!.layerBytes}`);
    const rows = 128 * 1024;
    assert.ok(base!.plan.estimate.flops > 2 * 68.4e9 * rows && base!.plan.estimate.flops < 2.2 * 68.4e9 * rows);
    assert.deepEqual(sft!.plan, base!.plan);
    // It does not fit a GPU: all samples pass one segment after the other.
    assert.ok(base!.plan.segments > 1 && base!.plan.estimate.memoryBytes <= device.memoryBytes);
    assert.equal(attribution!.samples.length, 112);
    assert.ok(attribution!.samples.every(({ targets }) => targets.length === 10));
  });

  for (const count of [1, 4, 8, 32, 200]) {
    it(`is dealt to ${count} processes`, () => {
      const ranges = shardRanges(
        samples.map(({ tokens }) => tokens),
        count,
      );
      for (const phase of [base!, attribution!]) {
        const works = ranges.map((range) => shardWorkOf(phase, range));
        const sum = (of: (work: (typeof works)[number]) => number) => works.reduce((all, each) => all + of(each), 0);
        assert.equal(
          sum((work) => work.samples),
          phase.samples.length,
        );
        const { flops, weightPasses } = phase.plan.estimate;
        const done = sum((work) => work.flops);
        // Batches that bounds cut are computed by both sides.
        assert.ok(done >= flops * (1 - 1e-9) && done <= flops * (count === 1 ? 1 + 1e-9 : 8), `${done / flops}`);
        for (const work of works) {
          assert.ok(work.samples === 0 ? work.weightPasses === 0 : work.weightPasses >= 1);
          assert.ok(work.weightPasses <= weightPasses);
          assert.equal(work.bytes, work.weightPasses * phase.layerBytes);
        }
        if (count === 1) assert.equal(works[0]!.weightPasses, weightPasses);
      }
    });
  }

  it('has targets that lie evenly over the responses', () => {
    assert.deepEqual(likelyTargets([{ start: 10, end: 14 }], 8), [9, 10, 11, 12]);
    assert.deepEqual(likelyTargets([{ start: 11, end: 21 }], 2), [12, 17]);
    assert.deepEqual(likelyTargets([], 2), []);
  });
});
