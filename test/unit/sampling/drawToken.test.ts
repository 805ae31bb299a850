import assert from 'node:assert/strict';
import { drawToken } from '../../../src/sampling/drawToken.ts';
import { uniformAt } from '../../../src/sampling/uniform.ts';

/** The tokens that top-p leaves, found by sorting all. */
function nucleus(weights: Float32Array, topP: number): Set<number> {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const byWeight = [...weights.keys()].sort((a, b) => weights[b]! - weights[a]! || a - b);
  const kept = new Set<number>();
  let reached = 0;
  for (const token of byWeight) {
    if (kept.size > 0 && reached >= topP * total) break;
    if (weights[token] === 0) break;
    kept.add(token);
    reached += weights[token]!;
  }
  return kept;
}

/** As a head gives them: the largest is 1. */
function weightsOf(seed: number, size: number, sharpness: number): Float32Array {
  const logits = Float32Array.from({ length: size }, (_, i) => sharpness * (uniformAt(seed, 0, 0, i) - 1));
  const largest = Math.max(...logits);
  return logits.map((logit) => Math.exp(logit - largest));
}

describe('drawing a token', () => {
  for (const topP of [1, 0.9, 0.5, 1e-9]) {
    it(`draws in proportion to the weights, top-p ${topP}`, () => {
      const weights = weightsOf(3, 40, 4);
      const kept = topP === 1 ? new Set(weights.keys()) : nucleus(weights, topP);
      const draws = 40_000;
      const counts = new Float64Array(weights.length);
      for (let i = 0; i < draws; i++) counts[drawToken(weights, topP, uniformAt(1, i, 0, 0))]!++;
      let mass = 0;
      for (const token of kept) mass += weights[token]!;
      let square = 0;
      for (const [token, count] of counts.entries()) {
        const expected = kept.has(token) ? (draws * weights[token]!) / mass : 0;
        if (expected === 0) assert.equal(count, 0, `token ${token} is not to be drawn`);
        else square += (count - expected) ** 2 / expected;
      }
      // At most 39 degrees of freedom: 99.9 % lie below 72.1, and the numbers are always the same.
      assert.ok(square < 72.1, `chi-square ${square}`);
    });
  }

  it('keeps the fewest most likely tokens, of equal ones the former', () => {
    for (let seed = 0; seed < 200; seed++) {
      const size = 1 + Math.floor(uniformAt(seed, 1, 0, 0) * 30);
      const weights = weightsOf(seed, size, 20 * uniformAt(seed, 2, 0, 0));
      // Ties, and tokens without weight.
      for (let i = 0; i + 1 < size; i += 3) weights[i + 1] = weights[i]!;
      for (let i = 2; i < size - 1; i += 7) weights[i] = 0;
      const topP = 0.01 + 0.98 * uniformAt(seed, 3, 0, 0);
      if (weights.every((weight) => weight === 0)) continue;
      const kept = nucleus(weights, topP);
      const drawn = new Set<number>();
      for (let i = 0; i < 400; i++) drawn.add(drawToken(weights, topP, i / 400));
      for (const token of drawn)
        assert.ok(kept.has(token), `seed ${seed}: token ${token} is not among the most likely`);
      assert.ok(drawn.has(Math.min(...kept)), `seed ${seed}: the first is drawn at 0`);
      assert.equal(drawToken(weights, topP, 1 - 2 ** -53), Math.max(...kept), `seed ${seed}: the last just below 1`);
    }
  });

  it('never draws a token without weight', () => {
    const weights = Float32Array.of(0, 0, 1, 0, 1e-30, 0);
    for (const uniform of [0, 0.5, 1 - 2 ** -53]) {
      assert.equal(drawToken(weights, 1, uniform), 2);
      assert.equal(drawToken(weights, 0.5, uniform), 2);
    }
  });
});
