import assert from 'node:assert/strict';
import { InputError } from '../../../src/errors.ts';
import type { SampledFigures } from '../../../src/readiness/statistics/sampledFigures.ts';
import { teacherForced } from '../../../src/readiness/teacherForced.ts';
import { conditionLabel, defaultConditions, parseCondition } from '../../../src/readiness/verdict/conditions.ts';
import { type Figures, verdictOn } from '../../../src/readiness/verdict/verdict.ts';

const rows = (entropy: number[], top1: number[], nll: number[]) => ({
  entropy: Float32Array.from(entropy),
  top1Probability: Float32Array.from(top1),
  negativeLogLikelihood: Float32Array.from(nll),
});

const sampled = {
  passAtK: [
    { value: 0.25, low: 0.1, high: 0.4 },
    { value: 0.5, low: 0.3, high: 0.7 },
  ],
  gap: { value: 0.25, low: 0.2, high: 0.3 },
  deadGroups: [{ group: 8, estimate: 'unbiased', value: 0.75, low: 0.7, high: 0.8, right: 0.5, wrong: 0.25 }],
  distinctAnswers: 3,
  answered: 1,
  length: null,
  longest: null,
  stopRate: null,
  entropy: 0.125,
  surprisal: null,
  entropyCounts: null,
  counts: [],
} as const satisfies SampledFigures;

const figures: Figures = {
  training: teacherForced([rows([0, 0.5], [1, 0.5], [0, 1])]),
  heldOut: teacherForced([rows([1], [0.5], [2]), rows([3, 2], [0.995, 0.99], [0, 1])]),
  sampled,
  coverage: { both: 3, lost: 1, gained: 0, neither: 4, lostPerGained: null },
};

describe('conditions', () => {
  it('are held against every measure', () => {
    const values = [
      ['pass@2', 0.5],
      ['dead@8', 0.75],
      ['gap', 0.25],
      ['lost', 0.25],
      ['stop-rate', null],
      ['distinct', 3],
      ['sampled-entropy', 0.125],
      ['training-entropy', 0.25],
      ['held-out-entropy', 2],
      ['held-out-nll', 1],
      ['nll-gap', 0.5],
      ['pass@9', null],
    ] as const;
    const conditions = values.map(([name]) => parseCondition(`${name}=0.3`, 'min'));
    const { outcomes, ready } = verdictOn(conditions, figures);
    assert.deepEqual(
      outcomes.map(({ value }, i) => [values[i]![0], value]),
      values.map((each) => [...each]),
    );
    assert.deepEqual(
      outcomes.map(({ met }) => met),
      values.map(([, value]) => value !== null && value >= 0.3),
    );
    assert.equal(ready, false);
  });

  it('say where the interval holds the bound', () => {
    const of = (text: string, bound: 'min' | 'max') => verdictOn([parseCondition(text, bound)], figures).outcomes[0];
    assert.deepEqual(of('pass@1=0.2', 'min'), { value: 0.25, met: true, close: true });
    assert.deepEqual(of('pass@1=0.2', 'max'), { value: 0.25, met: false, close: true });
    assert.deepEqual(of('pass@1=0.9', 'max'), { value: 0.25, met: true, close: false });
  });

  it('without any nothing is judged; the default is on dead groups alone', () => {
    assert.equal(verdictOn([], figures).ready, null);
    assert.deepEqual(defaultConditions.map(conditionLabel), ['dead@8 at most 0.5']);
    assert.equal(verdictOn(defaultConditions, figures).ready, false);
  });

  it('count rows above 0.99 as confident, and 0.99 itself not', () => {
    assert.equal(figures.training!.confident, 0.5);
    assert.ok(Math.abs(figures.heldOut!.confident - 1 / 3) < 1e-12);
  });

  it('that are none are named', () => {
    for (const text of [
      '',
      'pass=1',
      'pass@=1',
      'gap@3=1',
      'gap',
      'gap=x',
      'constructor=1',
      'pass@99999999=1',
      'entropy=1',
    ]) {
      assert.throws(() => parseCondition(text, 'min'), InputError, text);
    }
  });
});
