import assert from 'node:assert/strict';
import { join } from 'node:path';
import { Interrupted } from '../../../../src/errors.ts';
import type { Prompt } from '../../../../src/readiness/prompts/prompt.ts';
import type { Rollout } from '../../../../src/readiness/rollout.ts';
import { type PointSampling, pointSampler, samplingFingerprint } from '../../../../src/run/sweep/samplePoint.ts';
import { checkpointFixtures } from '../../../paths.ts';
import { WeightEngine } from './weightEngine.ts';

const place = join(checkpointFixtures, 'tiny-qwen2-tied', 'sft');

function rollout(text: string, entropies: readonly number[]): Rollout {
  const tokens = entropies.length;
  return { text, tokens, stopped: true, logProbabilities: null, entropies: Float32Array.from(entropies), reward: null };
}

describe('a sampled point', () => {
  const prompt = (index: number, answer: string): Prompt => ({
    ...{ index, line: index + 1, answer },
    input: { kind: 'text', text: `${index}` },
  });
  /** Right answers of four: two, none, four. */
  const answers = [
    ['7', '7', '8', '9'],
    ['1', '1', '1', '1'],
    ['3', '3', '3', '3'],
  ];
  let disposed: number;
  const sampling = (more: Partial<PointSampling> = {}): PointSampling => ({
    prompts: [prompt(0, '7'), prompt(1, '2'), prompt(2, '3')],
    ...{ samples: 4, temperature: 1, topP: 1, maxTokens: 16, stop: [], seed: 0 },
    ...{ grader: { name: 'exact' }, correctAbove: undefined },
    open: async (_, { checkpoint, folder }) => {
      assert.deepEqual([folder, checkpoint?.folder], [place, place]);
      return {
        identity: {},
        described: 'a test',
        async *sample(prompts, { samples, signal }) {
          for (const { index } of prompts) {
            if (signal.aborted) throw new Interrupted('Stopped.');
            const rollouts = answers[index]!.slice(0, samples).map((text) => rollout(text, [0.5, 1.5, 1]));
            yield { prompt: index, rollouts };
          }
        },
        dispose: async () => {
          disposed++;
        },
      };
    },
    ...more,
  });
  const context = (signal = new AbortController().signal) => ({ signal, onEvent: () => undefined });
  beforeEach(() => {
    disposed = 0;
  });

  it('has Pass@1, Pass@k and the entropy of its tokens', async () => {
    const figures = await pointSampler(sampling())(new WeightEngine(), place, context());
    const { passAt1, passAtK, ...rest } = figures;
    assert.deepEqual(rest, { prompts: 3, samples: 4, temperature: 1, k: 4, entropy: 1 });
    // By counting: (2/4 + 0 + 1) / 3, and two of three prompts have a right answer among all four.
    assert.ok(Math.abs(passAt1 - 0.5) < 1e-12 && Math.abs(passAtK - 2 / 3) < 1e-12, `${passAt1} ${passAtK}`);
    assert.equal(disposed, 1);
    // Greedy: one answer is as good as many.
    const greedy = await pointSampler(sampling({ temperature: 0 }))(new WeightEngine(), place, context());
    assert.deepEqual([greedy.samples, greedy.k, greedy.passAt1], [1, 1, 2 / 3]);
    // At the temperature of evaluations besides: one source for both.
    const shares: number[] = [];
    const both = await pointSampler(sampling({ evalTemperature: 0 }))(new WeightEngine(), place, {
      ...context(),
      onProgress: (share) => shares.push(share),
    });
    const { evaluation, ...others } = both;
    assert.deepEqual([others, evaluation], [figures, { samples: 1, temperature: 0, passAt1: 2 / 3 }]);
    assert.deepEqual([shares[0], shares.at(-1)], [4 / 15, 1]);
    assert.deepEqual(shares, [...shares].sort());
    assert.equal(disposed, 3);
    const same = await pointSampler(sampling({ evalTemperature: 1 }))(new WeightEngine(), place, context());
    assert.deepEqual(same, figures);
  });

  it('frees its source when it is stopped', async () => {
    const stop = new AbortController();
    stop.abort();
    await assert.rejects(pointSampler(sampling())(new WeightEngine(), place, context(stop.signal)), Interrupted);
    assert.equal(disposed, 1);
  });

  it('is told from one of other prompts, options or graders', () => {
    const text = (more: Partial<PointSampling> = {}) => JSON.stringify(samplingFingerprint(sampling(more)));
    assert.equal(text(), text());
    const others = [
      ...[{ prompts: [prompt(0, '8')] }, { samples: 8 }, { temperature: 0.5 }, { topP: 0.9 }, { maxTokens: 8 }],
      ...[{ stop: ['\n'] }, { seed: 1 }, { grader: undefined }, { correctAbove: 0.5 }, { evalTemperature: 0 }],
    ] as const;
    assert.equal(new Set([text(), ...others.map(text)]).size, 11);
  });
});
