import assert from 'node:assert/strict';
import { HeadMeasures } from '../../../../src/engine/sessions/headMeasures.ts';
import type { VocabRange } from '../../../../src/graph/headModel.ts';

const tokens = 12;
const rows = 3;
const logits = Array.from({ length: rows }, (_, row) =>
  Array.from({ length: tokens }, (_, token) => Math.fround(8 * Math.sin(1 + 7 * row + 3 * token))),
);
// Two equal ones, in different blocks, for the ties.
logits[1]![2] = 9;
logits[1]![7] = 9;
const gold = [0, 7, 11];

/** What a block gives, by the definition. */
function block({ from, to }: VocabRange, top: number) {
  const parts = logits.map((row) => row.slice(from, to));
  const largest = parts.map((part) => Math.max(...part));
  const ranked = parts.map((part) => part.map((logit, id) => ({ logit, id })).sort((a, b) => b.logit - a.logit));
  const sum = (term: (shifted: number) => number) =>
    Float32Array.from(parts, (part, row) => part.reduce((total, logit) => total + term(logit - largest[row]!), 0));
  return {
    largest: Float32Array.from(largest),
    total: sum(Math.exp),
    weighted: sum((shifted) => Math.exp(shifted) * shifted),
    goldLogit: Float32Array.from(parts, (part, row) => part[gold[row]! - from] ?? Number.NaN),
    topIds: BigInt64Array.from(ranked.flatMap((row) => row.slice(0, top).map(({ id }) => BigInt(id)))),
    topLogits: Float32Array.from(ranked.flatMap((row) => row.slice(0, top).map(({ logit }) => logit))),
  };
}

function measured(blocks: readonly VocabRange[], top: number) {
  const measures = new HeadMeasures(rows, top);
  for (const range of blocks) measures.add(0, gold, range, block(range, Math.min(top, range.to - range.from)));
  return measures.result();
}

describe('measures of the output head', () => {
  it('are those of the softmax', () => {
    const { entropy, negativeLogLikelihood, top1Probability, topIds, topProbabilities } = measured(
      [{ from: 0, to: tokens }],
      3,
    );
    for (const [row, values] of logits.entries()) {
      const total = values.reduce((sum, logit) => sum + Math.exp(logit), 0);
      const probabilities = values.map((logit) => Math.exp(logit) / total);
      const expected = -probabilities.reduce((sum, p) => sum + p * Math.log(p), 0);
      assert.ok(Math.abs(entropy[row]! - expected) < 1e-5);
      assert.ok(Math.abs(negativeLogLikelihood[row]! + Math.log(probabilities[gold[row]!]!)) < 1e-5);
      const best = Math.max(...probabilities);
      assert.ok(Math.abs(top1Probability[row]! - best) < 1e-6);
      assert.ok(Math.abs(topProbabilities[row * 3]! - best) < 1e-6);
      assert.equal(probabilities[topIds[row * 3]!], best);
    }
    assert.deepEqual([...topIds.subarray(3, 5)], [2, 7], 'of equal tokens the lower comes first');
  });

  it('do not depend on how the vocabulary is cut', () => {
    const whole = measured([{ from: 0, to: tokens }], 5);
    for (const width of [1, 4, 5, 11]) {
      const count = Math.ceil(tokens / width);
      const blocks = Array.from({ length: count }, (_, i) => ({
        from: i * width,
        to: Math.min((i + 1) * width, tokens),
      }));
      const cut = measured(blocks, 5);
      assert.deepEqual(cut.topIds, whole.topIds);
      for (const key of ['entropy', 'negativeLogLikelihood', 'top1Probability', 'topProbabilities'] as const) {
        for (const [i, value] of whole[key].entries()) {
          assert.ok(Math.abs(cut[key][i]! - value) < 1e-6, `${key} ${i}: ${cut[key][i]} instead of ${value}`);
        }
      }
    }
  });

  it('rank the whole vocabulary when all of it is kept, however it is cut', () => {
    for (const width of [tokens, 5, 1]) {
      const blocks = Array.from({ length: Math.ceil(tokens / width) }, (_, i) => ({
        from: i * width,
        to: Math.min((i + 1) * width, tokens),
      }));
      const { topIds, topProbabilities } = measured(blocks, tokens);
      for (const [row, values] of logits.entries()) {
        const ranked = [...values.keys()].sort((a, b) => values[b]! - values[a]! || a - b);
        assert.deepEqual([...topIds.subarray(row * tokens, (row + 1) * tokens)], ranked);
        const own = topProbabilities.subarray(row * tokens, (row + 1) * tokens);
        assert.ok(Math.abs(own.reduce((sum, p) => sum + p, 0) - 1) < 1e-6);
      }
    }
  });
});
