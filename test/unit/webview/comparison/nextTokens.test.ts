import assert from 'node:assert/strict';

import { keptNextTokens, leastKept } from '../../../../webview/comparison/outputs/nextTokens.ts';
import type { Sample } from '../../../../webview/comparison/state/sample.ts';

const measure = (nll: number, ids: number[], probabilities: number[]) => ({
  entropy: Float32Array.of(1),
  top1Probability: Float32Array.of(probabilities[0]!),
  negativeLogLikelihood: Float32Array.of(nll),
  topIds: Int32Array.from(ids),
  topProbabilities: Float32Array.from(probabilities),
});

const sample: Sample = {
  index: 0,
  ids: Int32Array.of(1, 7),
  tokens: { ids: Int32Array.of(2, 3, 5, 7), texts: ['two', 'three', 'five', 'seven'] },
  textOf: new Map([
    [2, 'two'],
    [3, 'three'],
    [5, 'five'],
    [7, 'seven'],
  ]),
  measures: [measure(Math.log(20), [2, 3], [0.5, 0.25]), measure(Math.log(2), [7, 5], [0.5, 0.125])],
};

describe('next tokens that a record kept', () => {
  it('joins the checkpoints, likeliest first, and knows the gold token’s probability everywhere', () => {
    const found = keptNextTokens(sample, 0, 2, 7);
    assert.deepEqual(
      found.map(({ id, text, gold }) => [id, text, gold]),
      [
        [2, 'two', false],
        [7, 'seven', true],
        [3, 'three', false],
        [5, 'five', false],
      ],
    );
    const gold = found.find(({ id }) => id === 7)!.probabilities;
    assert.ok(Math.abs(gold[0]! - 0.05) < 1e-6);
    assert.equal(gold[1], 0.5);
    assert.deepEqual(found[0]!.probabilities, [0.5, undefined]);
  });

  it('bounds what was not kept by the least that was', () => {
    assert.deepEqual(leastKept(sample, 0, 2), [0.25, 0.125]);
  });
});
