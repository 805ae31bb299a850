import assert from 'node:assert/strict';
import { startEngine } from '../../../src/engine/process/client.ts';
import type { Engine } from '../../../src/engine/process/engine.ts';
import { assertClose } from '../engineChecks.ts';
import { folderOf, prompts, sampled, sft, tokensOf, tolerance } from './greedy.ts';

/* Sampling by chance: tokens are drawn as the distribution says, and measured as teacher forcing measures them. */

const GB = 2 ** 30;

describe('tokens drawn', () => {
  let engine: Engine;
  before(async () => {
    engine = await startEngine({ device: 'cpu', memoryBytes: 2 * GB });
  });
  after(() => engine.dispose());

  it('draws tokens as often as the distribution says, at any temperature and with top-p', async () => {
    const ids = Uint32Array.from([...prompts[0]!, 0]);
    const checkpoint = folderOf('sample/base');
    let probabilities = new Float64Array();
    await engine.measure(
      {
        checkpoint,
        samples: [{ index: 0, ids, responses: [{ start: ids.length - 1, end: ids.length }] }],
        firstSample: 0,
        topTokens: 768,
      },
      {
        onSample({ topIds, topProbabilities }) {
          probabilities = new Float64Array(768);
          for (const [i, id] of topIds.entries()) probabilities[id] = topProbabilities[i]!;
        },
      },
    );
    for (const [temperature, topP] of [
      [1, 1],
      [1.5, 1],
      [2, 0.9],
    ] as const) {
      const draws = 1500;
      const options = { samples: draws, temperature, topP, maxTokens: 1, seed: 11 };
      const { prompts: found } = await sampled(engine, checkpoint, [prompts[0]!], options);
      const counts = new Float64Array(768);
      for (const { tokens, logProbabilities } of found[0]!.answers) {
        counts[tokens[0]!]!++;
        // Of the distribution at temperature 1, whatever was drawn from.
        assert.ok(Math.abs(logProbabilities[0]! - Math.log(probabilities[tokens[0]!]!)) < tolerance);
      }
      const weights = probabilities.map((probability) => probability ** (1 / temperature));
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      const order = [...weights.keys()].sort((a, b) => weights[b]! - weights[a]!);
      let mass = 0;
      const kept = order.filter((token) => {
        const inside = mass < topP * total || topP === 1;
        if (inside) mass += weights[token]!;
        return inside;
      });
      assert.equal(
        kept.reduce((sum, token) => sum + counts[token]!, 0),
        draws,
        'nothing else is drawn',
      );
      // Tokens that are expected less than five times count together.
      let [square, cells, rest, restExpected] = [0, 0, 0, 0];
      for (const token of kept) {
        const expected = (draws * weights[token]!) / mass;
        if (expected < 5) {
          rest += counts[token]!;
          restExpected += expected;
        } else {
          square += (counts[token]! - expected) ** 2 / expected;
          cells++;
        }
      }
      if (restExpected > 0) square += (rest - restExpected) ** 2 / Math.max(restExpected, 1);
      // 99.99 % lie below, whatever the number of cells; the numbers are always the same.
      assert.ok(square < cells + 4 * Math.sqrt(2 * cells) + 8, `chi-square ${square} of ${cells} cells`);
    }
  });

  it('measures sampled tokens as teacher forcing does, and gives the same answers in whatever company', async () => {
    const options = { samples: 5, temperature: 1, maxTokens: 40, seed: 3 };
    const { prompts: all, plan } = await sampled(engine, sft, prompts, options);
    assert.equal(plan.samplesPerGroup, 30);
    assert.deepEqual(
      all.map(({ index }) => index),
      [0, 1, 2, 3, 4, 5],
    );
    const samples = all.flatMap(({ index, answers }) =>
      answers.map(({ tokens }, sample) => {
        const ids = Uint32Array.from([...prompts[index]!, ...tokens]);
        return { index: 5 * index + sample, ids, responses: [{ start: prompts[index]!.length, end: ids.length }] };
      }),
    );
    const answers = all.flatMap((each) => each.answers);
    await engine.measure(
      { checkpoint: sft, samples, firstSample: 0, topTokens: 1 },
      {
        onSample({ index, entropy, negativeLogLikelihood }) {
          assertClose(answers[index]!.entropies, entropy, tolerance, 'entropy');
          const expected = negativeLogLikelihood.map((value) => -value);
          assertClose(answers[index]!.logProbabilities, expected, tolerance, 'log-probability');
        },
      },
    );
    assert.ok(new Set(answers.map(({ tokens }) => tokens.join(' '))).size > 12, 'they differ');
    const { prompts: alone } = await sampled(engine, sft, [[], [], prompts[2]!], options);
    assert.deepEqual(tokensOf(alone[0]!), tokensOf(all[2]!));
    const { prompts: fewer } = await sampled(engine, sft, prompts, { ...options, samples: 2 });
    assert.deepEqual(
      fewer.map(tokensOf),
      all.map((each) => tokensOf(each).slice(0, 2)),
    );
    const { prompts: others } = await sampled(engine, sft, prompts, { ...options, seed: 4 });
    assert.notDeepEqual(others.map(tokensOf), all.map(tokensOf));
  });
});
