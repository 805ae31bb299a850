import assert from 'node:assert/strict';
import { projectionName } from '../../../src/checkpoint/architecture/tensorNames.ts';
import { openCheckpoint } from '../../../src/checkpoint/openCheckpoint.ts';
import { neuronLayout } from '../../../src/method/neuronLayout.ts';
import { meanScores, NeuronStatistics } from '../../../src/method/neuronStatistics.ts';
import { NeuronRanker } from '../../../src/method/ranking.ts';
import { ResetCurve } from '../../../src/method/resetRatio.ts';
import { resetBudget, resetSet } from '../../../src/method/resetSet.ts';
import { responseRows } from '../../../src/method/responseRows.ts';
import { selectTargets } from '../../../src/method/targets.ts';
import { type Golden, goldenNames, loadGolden, projectionOf } from '../../golden/golden.ts';

/** Statistics over the targets whose scores the golden file keeps. */
function statisticsOf(golden: Golden, rankLimit: number, budget: number): NeuronStatistics {
  const ranker = new NeuronRanker(golden.neurons);
  const statistics = new NeuronStatistics(golden.neurons, budget);
  for (let target = 0; target < golden.scores.length / golden.neurons; target++) {
    const scores = golden.scores.subarray(target * golden.neurons, (target + 1) * golden.neurons);
    const { t, y } = golden.targets[target]!;
    const ranked = ranker.rank(scores, rankLimit);
    const attribution = { row: t, gold: y, logit: 0, reconstructedLogit: 0, ranked };
    statistics.add({ targets: [attribution], scoreSum: Float64Array.from(scores), scoreMax: scores });
  }
  return statistics;
}

describe('method against the golden values', () => {
  for (const name of goldenNames) {
    it(`${name}: the same targets`, async () => {
      const golden = await loadGolden(name);
      let from = 0;
      for (const sample of golden.samples) {
        const rowsOf = responseRows(sample.responses);
        const to = from + rowsOf.length;
        const [base, sft] = [golden.entropy.base.subarray(from, to), golden.entropy.sft.subarray(from, to)];
        const expected = golden.targets.filter((target) => target.sample === sample.index);
        const rows = [...selectTargets(base, sft, golden.settings.top_n)].map((offset) => rowsOf[offset]!);
        assert.deepEqual(
          rows,
          expected.map((target) => target.t),
        );
        assert.deepEqual(
          rows.map((row) => sample.ids[row + 1]),
          expected.map((target) => target.y),
        );
        from = to;
      }
      assert.equal(from, golden.entropy.base.length);
    });

    it(`${name}: the same flat order and budget`, async () => {
      const golden = await loadGolden(name);
      const { modules, total } = neuronLayout((await openCheckpoint(golden.sft)).architecture);
      assert.equal(total, golden.neurons);
      assert.equal(resetBudget(golden.settings.rho, total), golden.budget);
      assert.deepEqual(
        modules.map(({ layer, projection, offset, width }) => ({ layer, projection, offset, width })),
        golden.layout.map(({ layer, module, offset, width }) => ({
          layer,
          projection: projectionOf(module),
          offset,
          width,
        })),
      );
    });
  }

  for (const name of goldenNames.filter((each) => each.startsWith('tiny-'))) {
    it(`${name}: the same reset set, hits and ratios from its scores`, async () => {
      const golden = await loadGolden(name);
      const layout = neuronLayout((await openCheckpoint(golden.sft)).architecture);
      const { bestRank, hits } = statisticsOf(golden, golden.neurons, golden.budget).snapshot();
      const expected = golden.layout.filter((module) => module.reset.length > 0);
      assert.deepEqual(
        [...resetSet(layout, bestRank, golden.settings.rho)].map(([key, neurons]) => [key, [...neurons]]),
        expected.map(({ layer, module, reset }) => [projectionName(layer, projectionOf(module)), reset]),
      );
      assert.deepEqual(hits, golden.hits);
      const reset = new ResetCurve(layout, bestRank).at(golden.settings.rho);
      assert.equal(reset.neurons, golden.resetNeurons);
      assert.equal(reset.parameters, golden.resetParameters);
      assert.equal(reset.neuronRatio, golden.resetNeurons / golden.neurons);
    });

    it(`${name}: any rho from the best ranks equals ranking anew`, async () => {
      const golden = await loadGolden(name);
      const layout = neuronLayout((await openCheckpoint(golden.sft)).architecture);
      const { bestRank } = statisticsOf(golden, golden.neurons, golden.budget).snapshot();
      const curve = new ResetCurve(layout, bestRank);
      for (const rho of [0, 0.0001, 0.003, 0.02, 0.07, 0.5, 1]) {
        const budget = resetBudget(rho, layout.total);
        const { hits } = statisticsOf(golden, budget, budget).snapshot();
        const selected = [...hits.entries()].filter(([, count]) => count > 0).map(([neuron]) => neuron);
        const union = layout.modules.flatMap(({ layer, projection, offset }) =>
          [...(resetSet(layout, bestRank, rho).get(projectionName(layer, projection)) ?? [])].map((n) => n + offset),
        );
        assert.deepEqual(union, selected, `rho ${rho}`);
        assert.equal(curve.at(rho).neurons, selected.length);
      }
    });
  }
});

describe('neuron statistics', () => {
  const attribution = (...ranked: number[][]) => ({
    targets: ranked.map((order) => ({
      row: 0,
      gold: 0,
      logit: 0,
      reconstructedLogit: 0,
      ranked: Uint32Array.from(order),
    })),
    scoreSum: Float64Array.of(1, 2, -3),
    scoreMax: Float32Array.of(1, 2, -1),
  });

  it('keeps the best rank, counts hits below the budget, sums and takes maxima', () => {
    const statistics = new NeuronStatistics(3, 1);
    statistics.add(attribution([1, 0], [0, 1]));
    statistics.add(attribution([1]));
    const totals = statistics.snapshot();
    assert.deepEqual(totals.bestRank, Int32Array.of(0, 0, -1));
    assert.deepEqual(totals.hits, Int32Array.of(1, 2, 0));
    assert.deepEqual(totals.scoreMax, Float32Array.of(1, 2, -1));
    assert.deepEqual(meanScores(totals), Float32Array.of(2 / 3, 4 / 3, -2));
  });

  it('goes on from a snapshot as if it had never stopped', () => {
    const straight = new NeuronStatistics(3, 1);
    straight.add(attribution([1, 0]));
    const resumed = new NeuronStatistics(3, 1);
    resumed.restore(straight.snapshot());
    straight.add(attribution([2]));
    resumed.add(attribution([2]));
    assert.deepEqual(resumed.snapshot(), straight.snapshot());
  });
});

describe('target selection', () => {
  it('breaks ties towards the earlier row and answers ascending', () => {
    assert.deepEqual([...selectTargets(Float32Array.of(0, 0, 0, 0), Float32Array.of(1, -2, 2, 1), 3)], [0, 1, 2]);
  });

  it('takes every row when there are fewer than asked for', () => {
    assert.deepEqual([...selectTargets(Float32Array.of(1, 2), Float32Array.of(1, 1), 8)], [0, 1]);
  });
});
