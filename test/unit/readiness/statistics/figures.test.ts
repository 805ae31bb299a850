import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { Grade } from '../../../../src/readiness/graders/grader.ts';
import type { Rollout } from '../../../../src/readiness/rollout.ts';
import { coverageOf } from '../../../../src/readiness/statistics/coverage.ts';
import { EntropyHistogram, entropyEdges } from '../../../../src/readiness/statistics/entropyHistogram.ts';
import { sampledFigures } from '../../../../src/readiness/statistics/sampledFigures.ts';
import { SampledTally } from '../../../../src/readiness/statistics/sampledTally.ts';

const { bootstrap } = JSON.parse(readFileSync('test/fixtures/readiness/golden.json', 'utf8')) as {
  bootstrap: { samples: number; correct: number[]; mean: number; low: number; high: number };
};

const silent: Rollout = {
  ...{ text: '', tokens: null, stopped: null, logProbabilities: null, entropies: null, reward: null },
};

function tallyOf(correct: readonly number[], samples: number): SampledTally {
  const tally = new SampledTally();
  // Backwards, since sources give prompts in any order.
  for (const [prompt, right] of [...correct.entries()].reverse()) {
    const grades = Array.from(
      { length: samples },
      (_, i): Grade => ({ correct: i < right, answer: i < right ? '1' : null }),
    );
    tally.add({ prompt, rollouts: grades.map(() => silent) }, grades);
  }
  return tally;
}

describe('figures of sampled answers', () => {
  it("have NumPy's bootstrap intervals, the same for the same seed", () => {
    const tally = tallyOf(bootstrap.correct, bootstrap.samples);
    const figures = sampledFigures(tally, [8, 16], 7);
    const pass1 = figures.passAtK[0]!;
    assert.ok(Math.abs(pass1.value - bootstrap.mean) < 1e-12);
    // A percentile of 2000 resamples has a standard error of some 0.003 here.
    assert.ok(Math.abs(pass1.low - bootstrap.low) < 0.015, `${pass1.low} and ${bootstrap.low}`);
    assert.ok(Math.abs(pass1.high - bootstrap.high) < 0.015, `${pass1.high} and ${bootstrap.high}`);
    assert.deepEqual(sampledFigures(tally, [8, 16], 7), figures);
    assert.notDeepEqual(sampledFigures(tally, [8, 16], 8).passAtK, figures.passAtK);
    assert.equal(figures.passAtK.length, 8);
    assert.ok(Math.abs(figures.gap.value - (figures.passAtK[7]!.value - pass1.value)) < 1e-12);
    assert.deepEqual(
      figures.deadGroups.map(({ group, estimate }) => [group, estimate]),
      [
        [8, 'unbiased'],
        [16, 'plug-in'],
      ],
    );
    // A group of all 8 answers is dead exactly where none or all are right.
    const alike = bootstrap.correct.filter((right) => right === 0 || right === 8).length / bootstrap.correct.length;
    assert.ok(Math.abs(figures.deadGroups[0]!.value - alike) < 1e-12);
    assert.deepEqual(
      figures.counts,
      bootstrap.correct.map((correct) => ({ samples: 8, correct })),
    );
  });

  it('are null where the source does not say, and means where it does', () => {
    const none = sampledFigures(tallyOf([1, 0], 2), [], 0);
    const { length, longest, stopRate, entropy, surprisal, entropyCounts } = none;
    assert.deepEqual(
      [length, longest, stopRate, entropy, surprisal, entropyCounts],
      [null, null, null, null, null, null],
    );
    assert.equal(none.answered, 0.25);
    assert.equal(none.distinctAnswers, 0.5);
    const tally = new SampledTally();
    const told: Rollout = {
      text: 'a',
      tokens: 2,
      stopped: true,
      logProbabilities: Float32Array.of(-1, -3),
      entropies: Float32Array.of(0.5, 0),
      reward: null,
    };
    const grades: Grade[] = ['1', '1', '2', null].map((answer) => ({ correct: answer === '1', answer }));
    const cut: Rollout = { ...told, tokens: 4, stopped: false, entropies: null, logProbabilities: null };
    tally.add({ prompt: 0, rollouts: [told, cut, { ...told, tokens: null, stopped: null }, silent] }, grades);
    const figures = sampledFigures(tally, [], 0);
    assert.equal(figures.length, 3);
    assert.equal(figures.longest, 4);
    assert.equal(figures.stopRate, 0.5);
    assert.equal(figures.surprisal, 2);
    assert.equal(figures.entropy, 0.25);
    assert.equal(figures.distinctAnswers, 2);
    assert.equal(
      figures.entropyCounts!.reduce((sum, count) => sum + count, 0),
      4,
    );
  });

  it('compare what base and checkpoint solve', () => {
    const counts = (...correct: number[]) => correct.map((right) => ({ samples: 4, correct: right }));
    const coverage = coverageOf(counts(4, 1, 0, 0, 2), counts(0, 4, 1, 0, 0));
    assert.deepEqual(coverage, { both: 1, lost: 2, gained: 1, neither: 1, lostPerGained: 2 });
    assert.equal(coverageOf(counts(1, 1), counts(0, 1)).lostPerGained, null);
  });

  it('count entropies in logarithmic bins, with all that lies outside in the outermost', () => {
    const histogram = new EntropyHistogram();
    histogram.add(Float32Array.of(0, 1e-9, 0.2, 1, 100));
    const { counts } = histogram;
    assert.equal(counts.length, entropyEdges.length - 1);
    assert.equal(counts[0], 2);
    assert.equal(counts.at(-1), 1);
    const binOf = (entropy: number) => entropyEdges.findIndex((edge) => edge > entropy) - 1;
    assert.equal(counts[binOf(0.2)], 1);
    assert.equal(counts[binOf(1)], 1);
    assert.equal(histogram.total, 5);
  });
});
