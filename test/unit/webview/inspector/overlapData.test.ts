import assert from 'node:assert/strict';
import { overlapOfSets } from '../../../../src/method/sampleOverlap.ts';
import { budgetChoices, cellsOf, OverlapData } from '../../../../webview/inspector/overlap/overlapData.ts';

describe('overlap of samples on the page', () => {
  const layout = {
    modules: [{ layer: 0, projection: 'q_proj', offset: 0, width: 40, axis: 'row', parametersPerNeuron: 1 }] as const,
    total: 40,
  };
  const data = (...sets: number[][]) => {
    const overlap = overlapOfSets(
      sets.map((set) => Int32Array.from(set)),
      layout,
      9,
    );
    const samples = Int32Array.from(sets, (_, i) => 2 * i);
    return new OverlapData({ ...overlap, budget: 4, samples, withTargets: sets.length }, layout.total);
  };

  it('puts like samples together, and finds the most alike', () => {
    const of = data([1, 2, 3, 4], [11, 12, 13], [2, 3, 4, 5], [12, 13, 14]);
    const order = of.order('similar');
    assert.equal(Math.abs(order.indexOf(0) - order.indexOf(2)), 1);
    assert.equal(Math.abs(order.indexOf(1) - order.indexOf(3)), 1);
    assert.deepEqual(of.order('file'), [0, 1, 2, 3]);
    const { a, b, common, jaccard } = of.mostAlike([0, 1, 2, 3], [0, 1, 2, 3])!;
    assert.deepEqual([a, b, common, jaccard], [0, 2, 3, 3 / 5]);
    assert.equal(of.mostAlike([1], [1]), undefined);
    assert.deepEqual(
      of.means.map((mean) => mean?.toFixed(3)),
      ['0.200', '0.167', '0.200', '0.167'],
    );
  });

  it('says nothing of samples that select no neuron', () => {
    const of = data([], [], [3]);
    assert.equal(of.pair(0, 1).jaccard, undefined);
    assert.deepEqual(of.means, [0, 0, 0]);
    assert.equal(of.mean?.pairs, 2);
    assert.equal(data([], []).mean, undefined);
  });

  it('draws many samples as means over those beside each other, each with the others alone', () => {
    const count = 1000;
    const values = Float64Array.from({ length: count * count }, (_, at) => {
      const [a, b] = [Math.floor(at / count), at % count];
      return a === b ? Number.NaN : a < 500 === b < 500 ? 0.75 : 0.25;
    });
    const order = Array.from({ length: count }, (_, i) => i);
    const { size, step, groups, values: cells } = cellsOf(values, order, 150);
    assert.deepEqual([size, step, groups.at(-1)!.length], [143, 7, 6]);
    assert.deepEqual([cells[0], cells[142], cells.at(-1)], [0.75, 0.25, 0.75]);
    // 500 falls into the 72nd row: three samples on one side of it, four on the other.
    assert.ok(cells[71]! < 0.75 && cells[71]! > 0.25);
    const one = cellsOf(values, order.slice(0, 1), 150);
    assert.ok(one.size === 1 && Number.isNaN(one.values[0]));
  });

  it('offers budgets up to what is kept, with the run’s own', () => {
    assert.deepEqual(budgetChoices(67, 13), [1, 2, 4, 8, 13, 16, 32, 64, 67]);
    assert.deepEqual(budgetChoices(128, 128), [1, 2, 4, 8, 16, 32, 64, 128]);
    assert.deepEqual(budgetChoices(1, 1), [1]);
  });
});
