import assert from 'node:assert/strict';
import { type WeightMemory, weightMemory } from '../../../../src/engine/plan/heldWeights.ts';
import { planWork } from '../../../../src/engine/plan/plan.ts';
import { planBest } from '../../../../src/engine/plan/planBest.ts';
import type { SampleWork } from '../../../../src/engine/plan/sampleWork.ts';
import { large } from './shapes.ts';

const GB = 1e9;
const MB = 1e6;

/** 64 samples of 1000 rows, 8 targets each. */
const attribution: readonly SampleWork[] = Array.from({ length: 64 }, () => ({
  rows: 1000,
  headRows: 0,
  targets: [400, 450, 500, 600, 700, 800, 900, 999],
}));
const measurement: readonly SampleWork[] = attribution.map(({ rows }) => ({ rows, headRows: 800, targets: [] }));
const budgets = [0.5, 1, 2, 4, 8, 16, 32, 64].map((size) => size * GB);

describe('memory plan', () => {
  it('holds the whole model in one segment when the budget allows', () => {
    const plan = planWork(large, 80 * GB, attribution);
    assert.equal(plan.segments, 1);
    assert.deepEqual(plan.ranges, [{ from: 0, to: 36 }]);
    assert.equal(plan.targetsPerBatch, 8);
    assert.equal(plan.estimate.weightPasses, 1);
  });

  it('takes weights held as stored into account: half the bytes, and the matrices in use as float32', () => {
    const stored = (held: 'cast' | 'lookup') => weightMemory(held, 'BF16');
    const float32 = planWork(large, 20 * GB, attribution);
    const cast = planWork(large, 20 * GB, attribution, undefined, stored('cast'));
    assert.ok(cast.segments < float32.segments, `${cast.segments} and ${float32.segments} segments`);
    assert.ok(cast.estimate.memoryBytes <= 20 * GB);
    const bytes = (held: WeightMemory) => planWork(large, 80 * GB, attribution, undefined, held).estimate.memoryBytes;
    const parameters = 36 * (2 * 4096 * 4096 + 2 * 1024 * 4096 + 3 * 4096 * 12288);
    const matrix = 4096 * 12288 * 4;
    assert.equal(bytes(weightMemory('float32', 'BF16')) - bytes(stored('cast')), 2 * parameters - 2 * matrix);
    const head = 151936 * 4096 * 4;
    assert.equal(bytes(stored('lookup')) - bytes(stored('cast')), 3 * matrix + 1.5 * head);
    assert.deepEqual(weightMemory('cast', 'F32'), weightMemory('float32', 'F32'));
    const blocks = (held: WeightMemory) => planWork(large, 2 * GB, measurement, undefined, held).headBlocks.length;
    assert.ok(blocks(stored('lookup')) > blocks(stored('cast')));
  });

  it('counts ranking on the device, where the whole model is held', () => {
    const host = weightMemory('cast', 'BF16');
    const bytes = (held: WeightMemory, budget: number, work = attribution) =>
      planWork(large, budget, work, undefined, held).estimate.memoryBytes;
    const device = { ...host, ranks: true };
    const neurons = 36 * (2 * 4096 + 2 * 1024 + 3 * 12288);
    assert.equal(bytes(device, 80 * GB) - bytes(host, 80 * GB), 136 * neurons);
    assert.ok(planWork(large, 8 * GB, attribution, undefined, device).segments > 1);
    assert.equal(bytes(device, 8 * GB), bytes(host, 8 * GB));
    assert.equal(bytes(device, 80 * GB, measurement), bytes(host, 80 * GB, measurement));
  });

  it('of several ways to hold the weights takes the first where the whole model fits so, else what costs less', () => {
    const ways = (['float32', 'cast'] as const).map((held) => weightMemory(held, 'BF16'));
    const best = (budget: number, work: readonly SampleWork[]) => planBest(large, budget, work, undefined, ways, 0);
    const whole = best(64 * GB, attribution);
    assert.equal(whole.weights, 'float32');
    assert.equal(whole.segments, 1);
    // What is whole as stored, and would be loaded in segments as float32, passes each sample forward once less.
    const stored = best(40 * GB, attribution);
    assert.equal(stored.weights, 'stored');
    assert.equal(stored.segments, 1);
    // A measurement passes forward once in either case: widening at every run costs more than loading once.
    const measured = best(24 * GB, measurement);
    assert.equal(measured.weights, 'float32');
    assert.ok(measured.segments > 1);
    for (const budget of [100 * MB, ...budgets]) {
      const [float32, cast] = ways.map((way) => planWork(large, budget, attribution, undefined, way));
      const { cost, held, estimate } = best(budget, attribution);
      const other = held === 'cast' ? float32! : cast!;
      const beyond = (bytes: number) => Math.max(0, bytes - budget);
      assert.ok(beyond(estimate.memoryBytes) <= beyond(other.estimate.memoryBytes));
      const bothFit = estimate.memoryBytes <= budget && other.estimate.memoryBytes <= budget;
      assert.ok(!bothFit || (held === 'float32' && float32!.segments === 1) || cost <= other.cost);
    }
  });

  it('covers every layer and every token once whatever the budget', () => {
    for (const budget of [1, 200 * MB, ...budgets]) {
      for (const work of [attribution, measurement]) {
        const plan = planWork(large, budget, work);
        const covered = (ranges: readonly { from: number; to: number }[]) =>
          ranges.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, i) => from + i));
        assert.deepEqual(
          covered(plan.ranges),
          Array.from({ length: 36 }, (_, i) => i),
        );
        assert.equal(plan.segments, plan.ranges.length);
        assert.ok(plan.samplesPerGroup >= 1 && plan.samplesPerGroup <= 64);
        assert.equal(covered(plan.headBlocks).length, work === measurement ? large.vocabSize : 0);
      }
    }
  });

  it('stays within a budget that one layer and one target fit in', () => {
    const fitting = budgets.filter((budget) => budget >= 4 * GB);
    for (const budget of fitting) {
      for (const work of [attribution, measurement]) {
        const { estimate } = planWork(large, budget, work);
        assert.ok(estimate.memoryBytes <= budget, `${estimate.memoryBytes} of ${budget}`);
      }
    }
  });

  it('loads the weights no more often, and computes no more, the larger the budget', () => {
    for (const work of [attribution, measurement]) {
      const estimates = budgets
        .filter((budget) => budget >= 2 * GB)
        .map((budget) => planWork(large, budget, work).estimate);
      for (let i = 1; i < estimates.length; i++) {
        const [before, after] = [estimates[i - 1]!, estimates[i]!];
        const cost = ({ weightPasses, flops }: typeof before) => weightPasses * 1e15 + flops;
        assert.ok(cost(after) <= cost(before) * 1.001, `${JSON.stringify(before)} ${JSON.stringify(after)}`);
      }
    }
  });

  it('loads a head that does not fit in blocks', () => {
    const blocks = planWork(large, 2 * GB, measurement).headBlocks;
    assert.ok(blocks.length >= 3, `${blocks.length} blocks`);
    assert.equal(planWork(large, 64 * GB, measurement).headBlocks.length, 1);
  });

  it('takes no more than what an earlier lack of memory left', () => {
    const plan = planWork(large, 64 * GB, attribution, { layers: 5, targets: 3, forwardRows: 0, headTokens: Infinity });
    assert.ok(plan.layersPerSegment <= 5 && plan.targetsPerBatch <= 3);
    const head = planWork(large, 64 * GB, measurement, { layers: 5, targets: 0, forwardRows: 0, headTokens: 20_000 });
    assert.ok(head.headBlocks.every(({ from, to }) => to - from <= 20_000));
  });

  it('lets samples wait in a scratch file rather than load the weights again', () => {
    const without = planWork(large, 6 * GB, attribution);
    const scratch = planWork(large, 6 * GB, attribution, undefined, undefined, 100 * GB);
    assert.ok(without.samplesPerGroup < 64 && without.estimate.scratchBytes === 0);
    assert.equal(scratch.samplesPerGroup, 64);
    assert.ok(scratch.estimate.scratchBytes > 0 && scratch.estimate.scratchBytes <= 100 * GB);
    assert.ok(scratch.estimate.memoryBytes <= 6 * GB);
    assert.ok(scratch.estimate.weightPasses < without.estimate.weightPasses);
    const little = planWork(large, 6 * GB, attribution, undefined, undefined, 1 * GB);
    assert.ok(little.estimate.scratchBytes <= GB);
  });

  it('has short samples share runs, and long ones, whose rows keep a product busy, run alone', () => {
    const of = (rows: number) => Array.from({ length: 64 }, () => ({ rows, headRows: 10, targets: [] }));
    const short = planWork(large, 80 * GB, of(60));
    assert.ok(short.forwardRows >= 120 && short.batches.length <= 32, `${short.forwardRows} rows`);
    const long = planWork(large, 80 * GB, of(1000));
    assert.equal(long.forwardRows, 0);
    assert.equal(long.batches.length, 64);
  });

  it('counts the rows of a batch, and gives them up where memory is short', () => {
    const short = Array.from({ length: 64 }, () => ({ rows: 60, headRows: 10, targets: [] }));
    const alone = planWork(large, 80 * GB, short, { layers: 36, targets: 0, forwardRows: 0, headTokens: Infinity });
    const shared = planWork(large, 80 * GB, short);
    assert.equal(alone.forwardRows, 0);
    assert.ok(shared.estimate.memoryBytes > alone.estimate.memoryBytes);
    const within = planWork(large, alone.estimate.memoryBytes + 1, short);
    assert.ok(within.estimate.memoryBytes <= alone.estimate.memoryBytes + 1);
    assert.ok(within.segments > 1 || within.forwardRows === 0);
  });

  it('makes smaller runs in segments, each of which takes its activations anew', () => {
    const short = Array.from({ length: 24 }, () => ({ rows: 125, headRows: 80, targets: [] }));
    const whole = planWork(large, 80 * GB, short);
    const cut = planWork(large, 4 * GB, short);
    assert.ok(cut.segments > 1 && cut.forwardRows < whole.forwardRows, `${cut.forwardRows}, ${whole.forwardRows}`);
  });

  it('counts two operations a weight and row', () => {
    const weights = 36 * (2 * 4096 * 4096 + 2 * 1024 * 4096 + 3 * 12288 * 4096);
    const attentionOf = (rows: number) => 4 * 36 * 4096 * rows * rows;
    const [sample] = measurement;
    const { flops } = planWork(large, 80 * GB, [{ ...sample!, headRows: 0 }]).estimate;
    assert.equal(flops, 2 * weights * 1000 + attentionOf(1000));
  });
});
