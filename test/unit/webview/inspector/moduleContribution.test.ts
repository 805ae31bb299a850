import assert from 'node:assert/strict';
import { neuronLayout } from '../../../../src/method/neuronLayout.ts';
import { isReset } from '../../../../src/method/resetSet.ts';
import { ModuleContribution, ranked } from '../../../../webview/inspector/attribution/moduleContribution.ts';
import { tinyArchitecture } from '../../record/tinyRecord.ts';

describe('module contribution', () => {
  const layout = neuronLayout(tinyArchitecture);
  const bestRank = Int32Array.from({ length: layout.total }, (_, i) => ((i * 7) % 11) - 1);
  const mean = Float32Array.from({ length: layout.total }, (_, i) => Math.sin(i));
  const hits = Int32Array.from({ length: layout.total }, (_, i) => i % 3);
  const contribution = new ModuleContribution(layout, bestRank, mean, hits);

  it('adds up, for every budget, what going through the neurons adds up', () => {
    for (const budget of [0, 1, 2, 5, 10, 100]) {
      const totals = contribution.at(budget);
      for (const [position, { offset, width }] of layout.modules.entries()) {
        const own = Array.from({ length: width }, (_, i) => offset + i);
        const reset = own.filter((neuron) => isReset(bestRank[neuron]!, budget));
        const sum = (neurons: readonly number[], values: ArrayLike<number>) =>
          neurons.reduce((total, neuron) => total + values[neuron]!, 0);
        const found = totals[position]!;
        assert.equal(found.reset, reset.length);
        assert.ok(Math.abs(found.resetScore - sum(reset, mean)) < 1e-9);
        assert.ok(Math.abs(found.score - sum(own, mean)) < 1e-9);
        assert.equal(found.hits, sum(own, hits));
      }
    }
  });

  it('ranks the largest first', () => {
    const scores = ranked(contribution.at(5), 'resetScore').map(({ resetScore }) => resetScore);
    assert.deepEqual(
      scores,
      [...scores].sort((a, b) => b - a),
    );
  });
});
