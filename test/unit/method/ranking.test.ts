import assert from 'node:assert/strict';
import { NeuronRanker } from '../../../src/method/ranking.ts';

/** The definition, written plainly. */
function naiveRank(scores: Float32Array, limit: number): number[] {
  return Array.from(scores, (_, i) => i)
    .filter((i) => scores[i]! > 0)
    .sort((a, b) => scores[b]! - scores[a]! || a - b)
    .slice(0, limit);
}

function randomBits(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state ^ (state >>> 15)) >>> 0;
  };
}

const rank = (scores: Float32Array, limit: number) => [...new NeuronRanker(scores.length).rank(scores, limit)];

describe('neuron ranking', () => {
  it('puts larger scores first and lower indices first among equals', () => {
    assert.deepEqual(rank(Float32Array.of(1, 3, 2, 3, 2), 4), [1, 3, 2, 4]);
  });

  it('ranks strictly positive scores only', () => {
    const scores = Float32Array.of(0, -0, -1, Number.NaN, 1e-45, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY);
    assert.deepEqual(rank(scores, 10), [6, 4]);
    assert.deepEqual(rank(Float32Array.of(-1, 0), 2), []);
    assert.deepEqual(rank(new Float32Array(0), 2), []);
  });

  it('agrees with a plain sort on any float32 bit patterns, for any limit', () => {
    const bits = randomBits(7);
    for (let round = 0; round < 200; round++) {
      const length = 1 + (bits() % 400);
      const patterns = Uint32Array.from({ length }, () => bits());
      const scores = new Float32Array(patterns.buffer);
      const limit = 1 + (bits() % 500);
      assert.deepEqual(rank(scores, limit), naiveRank(scores, limit));
    }
  });

  it('agrees with a plain sort where many scores are equal or close', () => {
    const bits = randomBits(11);
    for (let round = 0; round < 100; round++) {
      const scores = Float32Array.from({ length: 300 }, () => ((bits() % 41) - 20) / (round % 2 === 0 ? 4 : 4e6));
      const limit = 1 + (bits() % 320);
      assert.deepEqual(rank(scores, limit), naiveRank(scores, limit));
    }
  });

  it('gives the same again from the same buffers', () => {
    const ranker = new NeuronRanker(1000);
    const bits = randomBits(3);
    const one = Float32Array.from({ length: 1000 }, () => (bits() % 1000) - 500);
    const other = Float32Array.from({ length: 500 }, () => (bits() % 1000) - 500);
    const first = ranker.rank(one, 100);
    assert.deepEqual([...ranker.rank(other, 100)], naiveRank(other, 100));
    assert.deepEqual(ranker.rank(one, 100), first);
  });
});
