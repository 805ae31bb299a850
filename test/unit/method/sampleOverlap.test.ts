import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { clusterOrder } from '../../../src/method/clusterOrder.ts';
import type { NeuronLayout } from '../../../src/method/neuronLayout.ts';
import { setOverlap } from '../../../src/method/resetOverlap.ts';
import { overlapOfSets, sampleSets } from '../../../src/method/sampleOverlap.ts';
import { meanOverlap } from '../../../src/record/run/targets/samplesOverlap.ts';
import { fixtures } from '../../paths.ts';

interface Golden {
  readonly widths: readonly number[];
  readonly kept: number;
  readonly targets: readonly number[];
  readonly topNeurons: readonly (readonly number[])[];
  readonly budgets: Readonly<
    Record<
      string,
      {
        readonly sets: readonly (readonly number[])[];
        readonly pairs: readonly {
          readonly samples: readonly [number, number];
          readonly common: number;
          readonly jaccard: number | null;
          readonly chance: number | null;
          readonly chanceWithin: number | null;
        }[];
        readonly widest: readonly (readonly [number, number])[];
        readonly mean: Readonly<Record<'jaccard' | 'chance' | 'chanceWithin', number>>;
      }
    >
  >;
  readonly alike: readonly (readonly number[])[];
  readonly clusters: readonly (readonly number[])[];
}

function near(value: number | undefined, expected: number | null, what: string): void {
  if (expected === null) assert.equal(value, undefined, what);
  else assert.ok(Math.abs(value! - expected) < 1e-6, `${what}: ${value}, not ${expected}`);
}

describe('overlap of samples', () => {
  let golden: Golden;
  let layout: NeuronLayout;
  before(async () => {
    golden = JSON.parse(await readFile(join(fixtures, 'overlap', 'golden.json'), 'utf8')) as Golden;
    let offset = 0;
    const modules = golden.widths.map((width, layer) => {
      const module = { layer, projection: 'q_proj', offset, width, axis: 'row', parametersPerNeuron: 1 } as const;
      offset += width;
      return module;
    });
    layout = { modules, total: offset };
  });

  for (const budget of [1, 5, 12]) {
    it(`is that of NumPy where a target selects ${budget}`, () => {
      const expected = golden.budgets[budget]!;
      let firstTarget = 0;
      const samples = golden.targets.map((targets) => {
        const sample = { firstTarget, targets };
        firstTarget += targets;
        return sample;
      });
      const sets = sampleSets(Int32Array.from(golden.topNeurons.flat()), golden.kept, budget, samples);
      assert.deepEqual(
        sets.map((set) => [...set]),
        expected.sets,
      );
      const overlap = overlapOfSets(sets, layout, 4);
      const { sizes, common, within, widest } = overlap;
      const n = samples.length;
      for (const {
        samples: [a, b],
        common: shared,
        ...indices
      } of expected.pairs) {
        for (const at of [a * n + b, b * n + a]) {
          assert.equal(common[at], shared);
          const between = [sizes[a]!, sizes[b]!] as const;
          const own = setOverlap(layout.total, between, common[at]!);
          near(own.jaccard, indices.jaccard, `jaccard of ${a} and ${b}`);
          near(own.chance, indices.chance, `chance of ${a} and ${b}`);
          near(setOverlap(layout.total, between, within[at]!).jaccard, indices.chanceWithin, `within of ${a}, ${b}`);
        }
      }
      assert.deepEqual(
        widest.map(({ neuron, samples: count }) => [neuron, count]),
        expected.widest,
      );
      // Of the samples that have targets.
      const chosen = sets.filter((_, sample) => golden.targets[sample]! > 0);
      const mean = meanOverlap(overlapOfSets(chosen, layout, 4), layout.total)!;
      assert.equal(mean.pairs, 10);
      for (const name of ['jaccard', 'chance', 'chanceWithin'] as const) near(mean[name], expected.mean[name], name);
    });
  }

  it('has no mean where no sample, or one, selects a neuron', () => {
    for (const sets of [[], [Int32Array.of(1)], [new Int32Array(), new Int32Array()]]) {
      assert.equal(meanOverlap(overlapOfSets(sets, layout, 4), layout.total), undefined);
    }
  });

  it('orders so that every cluster of average linkage stands together', () => {
    const n = golden.alike.length;
    const order = clusterOrder(golden.alike.flat(), n);
    assert.deepEqual(
      [...order].sort((a, b) => a - b),
      Array.from({ length: n }, (_, i) => i),
    );
    for (const cluster of golden.clusters) {
      const places = cluster.map((member) => order.indexOf(member));
      assert.equal(Math.max(...places) - Math.min(...places), cluster.length - 1, `${cluster} in ${order}`);
    }
  });

  it('orders nothing, one, and things that are all alike', () => {
    assert.deepEqual(clusterOrder([], 0), []);
    assert.deepEqual(clusterOrder([1], 1), [0]);
    const alike = clusterOrder(new Float64Array(25).fill(0.5), 5);
    assert.deepEqual([...alike].sort(), [0, 1, 2, 3, 4]);
  });
});
