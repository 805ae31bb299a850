import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stopTokensOf } from '../../src/checkpoint/stopTokens.ts';
import { startEngine } from '../../src/engine/process/client.ts';
import type { Engine } from '../../src/engine/process/engine.ts';
import { InputError, Interrupted, RunError } from '../../src/errors.ts';
import type { EngineOutcome, SampledPrompt } from '../../src/protocol/engine.ts';
import type { PromptRollouts } from '../../src/readiness/rollout.ts';
import { sampleRollouts } from '../../src/run/sampling/sampleRollouts.ts';
import type { SamplingOptions } from '../../src/sampling/samplingOptions.ts';
import { fixtures, sampleFolder } from '../paths.ts';

interface Greedy {
  readonly stop: number | readonly number[];
  readonly maxTokens: number;
  readonly answers: readonly {
    readonly prompt: readonly number[];
    readonly tokens: readonly number[];
    readonly logProbabilities: readonly number[];
    readonly entropies: readonly number[];
    /** Of the sample: prompt and answer. */
    readonly text?: readonly [prompt: string, answer: string];
  }[];
}

const goldens = JSON.parse(readFileSync(join(fixtures, 'sampling', 'greedy.json'), 'utf8')) as Record<string, Greedy>;
const folderOf = (name: string) =>
  name.startsWith('sample/') ? join(sampleFolder, name.slice('sample/'.length)) : join(fixtures, name, 'sft');

const GB = 2 ** 30;

const sft = folderOf('sample/sft-over');
const prompts = goldens['sample/sft-over']!.answers.map(({ prompt }) => prompt);

async function sampled(
  engine: Engine,
  checkpoint: string,
  given: readonly (readonly number[])[],
  options: Partial<SamplingOptions>,
): Promise<{ prompts: SampledPrompt[]; plan: EngineOutcome }> {
  const found: SampledPrompt[] = [];
  // Empty lists stand for prompts left out: the others keep their indices.
  const samples = given
    .map((ids, index) => ({ index, ids: Uint32Array.from(ids) }))
    .filter(({ ids }) => ids.length > 0);
  const defaults = { samples: 1, temperature: 0, topP: 1, maxTokens: 16, stopTokens: [0], seed: 5 };
  const plan = await engine.sample(
    { checkpoint, samples, firstSample: 0, options: { ...defaults, ...options } },
    { onSample: (each) => found.push(each) },
  );
  return { prompts: found, plan };
}

const tokensOf = ({ answers }: SampledPrompt) => answers.map(({ tokens }) => [...tokens]);

function assertNear(actual: Float32Array, expected: readonly number[], what: string): void {
  assert.equal(actual.length, expected.length, what);
  const worst = expected.reduce((most, value, i) => Math.max(most, Math.abs(value - actual[i]!)), 0);
  assert.ok(worst <= 1e-4, `${what}: ${worst} off`);
}

describe('sampling against transformers', () => {
  let engine: Engine;
  before(async () => {
    engine = await startEngine({ device: 'cpu', memoryBytes: 2 * GB });
  });
  after(() => engine.dispose());

  it('goldens are there', () => assert.equal(Object.keys(goldens).length, 20));

  for (const [name, golden] of Object.entries(goldens)) {
    it(`${name}: the most likely tokens, their log-probabilities and entropies`, async () => {
      const stopTokens = await stopTokensOf(folderOf(name));
      assert.deepEqual(stopTokens, [golden.stop].flat());
      const given = golden.answers.map(({ prompt }) => prompt);
      const { prompts: found } = await sampled(engine, folderOf(name), given, {
        maxTokens: golden.maxTokens,
        stopTokens,
      });
      for (const [i, expected] of golden.answers.entries()) {
        const { tokens, logProbabilities, entropies, finish } = found[i]!.answers[0]!;
        assert.deepEqual([...tokens], expected.tokens, `prompt ${i}`);
        assertNear(logProbabilities, expected.logProbabilities, `log-probabilities of prompt ${i}`);
        assertNear(entropies, expected.entropies, `entropies of prompt ${i}`);
        assert.equal(finish, stopTokens.includes(expected.tokens.at(-1)!) ? 'stop' : 'length');
      }
    });
  }

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
        assert.ok(Math.abs(logProbabilities[0]! - Math.log(probabilities[tokens[0]!]!)) < 1e-4);
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
          assertNear(answers[index]!.entropies, [...entropy], 'entropies');
          assertNear(
            answers[index]!.logProbabilities,
            [...negativeLogLikelihood].map((value) => -value),
            'log-probabilities',
          );
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

  it('stops at any stop token, at the length asked for, and where the model ends', async () => {
    const greedy = goldens['sample/sft-over']!.answers[0]!;
    const at = 7;
    const stopTokens = [767, greedy.tokens[at]!];
    const first = greedy.tokens.indexOf(greedy.tokens[at]!);
    const { prompts: stopped } = await sampled(engine, sft, [greedy.prompt], { maxTokens: 50, stopTokens });
    assert.deepEqual(tokensOf(stopped[0]!), [greedy.tokens.slice(0, first + 1)]);
    assert.equal(stopped[0]!.answers[0]!.finish, 'stop');
    const { prompts: cut } = await sampled(engine, sft, [greedy.prompt], { maxTokens: 3 });
    assert.deepEqual(tokensOf(cut[0]!), [greedy.tokens.slice(0, 3)]);
    assert.equal(cut[0]!.answers[0]!.finish, 'length');
    // The sample is made for 256 positions.
    const long = Array.from({ length: 250 }, (_, i) => 20 + (i % 300));
    const { prompts: full } = await sampled(engine, sft, [long], { maxTokens: 100, stopTokens: [] });
    assert.equal(full[0]!.answers[0]!.tokens.length, 6);
    assert.equal(full[0]!.answers[0]!.finish, 'length');
    for (const [prompt, message] of [
      [Array(256).fill(5), /Prompt 1 has 256 tokens; the model ".*sft-over" is computed for up to 256/],
      [[768], /Prompt 1: token 768 is beyond the vocabulary of 768/],
    ] as const) {
      await assert.rejects(
        sampled(engine, sft, [prompt], {}),
        (error: Error) => error instanceof InputError && message.test(error.message),
      );
    }
  });
});

describe('sampling in little memory, and by several processes', () => {
  const options = { samples: 6, temperature: 1, maxTokens: 24, seed: 3 };
  it('samples fewer answers at a time, and the same', async () => {
    const wide = await startEngine({ device: 'cpu', memoryBytes: GB, processes: 2 });
    const narrow = await startEngine({ device: 'cpu', memoryBytes: 129e6 });
    try {
      const { prompts: expected } = await sampled(wide, sft, prompts, options);
      const { prompts: found, plan } = await sampled(narrow, sft, prompts, options);
      assert.ok(plan.samplesPerGroup < 12, `${plan.samplesPerGroup} at a time`);
      assert.ok(plan.estimate.memoryBytes <= 129e6);
      assert.deepEqual(found.map(tokensOf), expected.map(tokensOf));
      assert.deepEqual(
        expected.map(({ index }) => index),
        [0, 1, 2, 3, 4, 5],
      );
    } finally {
      await wide.dispose();
      await narrow.dispose();
    }
  });

  it('refuses a model that does not fit, and says what it takes', async () => {
    const engine = await startEngine({ device: 'cpu', memoryBytes: 110e6 });
    try {
      await assert.rejects(
        sampled(engine, sft, prompts, options),
        (error: Error) =>
          error instanceof RunError && /whole model in memory: 1\d\d MB .* budget is 110 MB/.test(error.message),
      );
    } finally {
      await engine.dispose();
    }
  });
});

describe('sampling with weights as stored, and with products in parts', () => {
  for (const [what, more] of [
    ['weights as stored', { weights: 'stored' }],
    ['products in parts, as on tensor cores', { units: 'tf32Cut' }],
  ] as const) {
    it(`${what}: the tokens of transformers`, async () => {
      const engine = await startEngine({ device: 'cpu', memoryBytes: GB, ...more });
      try {
        for (const name of ['sample/sft-over', 'checkpoints/tiny-llama-untied-f32']) {
          const { answers, maxTokens } = goldens[name]!;
          const given = answers.slice(0, 2).map(({ prompt }) => prompt);
          const { prompts: found } = await sampled(engine, folderOf(name), given, { maxTokens });
          for (const [i, prompt] of found.entries()) {
            assert.deepEqual(tokensOf(prompt), [answers[i]!.tokens]);
            assertNear(prompt.answers[0]!.logProbabilities, answers[i]!.logProbabilities, 'log-probabilities');
          }
        }
      } finally {
        await engine.dispose();
      }
    });
  }
});

describe('sampling from weights that are no numbers', () => {
  it('ends at once, with a sentence', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'nan-'));
    const engine = await startEngine({ device: 'cpu', memoryBytes: GB });
    try {
      cpSync(folderOf('checkpoints/tiny-llama-untied-f32'), folder, { recursive: true });
      const weights = join(folder, 'model.safetensors');
      const bytes = readFileSync(weights);
      bytes.set([0, 0, 0xc0, 0x7f], bytes.length - 4);
      writeFileSync(weights, bytes);
      await assert.rejects(
        sampled(engine, folder, [[1, 2, 3]], { temperature: 1, maxTokens: 10_000 }),
        (error: Error) => error instanceof RunError && /not numbers on prompt 1/.test(error.message),
      );
    } finally {
      await engine.dispose();
      rmSync(folder, { recursive: true });
    }
  });
});

describe('rollouts', () => {
  it('are texts of what was sampled, in order, kept when the run is stopped', async () => {
    const greedy = goldens['sample/sft-over']!.answers;
    const engine = await startEngine({ device: 'cpu', memoryBytes: 140e6 });
    try {
      const found: PromptRollouts[] = [];
      const request = {
        checkpoint: sft,
        prompts: greedy.map(({ text }) => ({ kind: 'text', text: text![0] }) as const),
        options: { samples: 2, temperature: 0, topP: 1, maxTokens: 120, seed: 0 },
      };
      const { plan, stopTokens } = await sampleRollouts(request, {
        engine,
        signal: new AbortController().signal,
        onRollouts: (each) => found.push(each),
      });
      assert.deepEqual([stopTokens, plan!.segments], [[0], 1]);
      assert.deepEqual(
        found.map(({ prompt, rollouts }) => [prompt, ...rollouts.map(({ text }) => text)]),
        greedy.map(({ text }, prompt) => [prompt, text![1], text![1]]),
      );
      const [first] = found[0]!.rollouts;
      assert.deepEqual(
        [first!.tokens, first!.stopped, first!.reward, first!.entropies!.length],
        [greedy[0]!.tokens.length, true, null, greedy[0]!.tokens.length],
      );

      // Stopped after the first answers, while others are still to come.
      const stop = new AbortController();
      const kept: PromptRollouts[] = [];
      const many = Array.from({ length: 40 }, () => request.prompts).flat();
      await assert.rejects(
        sampleRollouts(
          { ...request, prompts: many, options: { ...request.options, maxTokens: 8 } },
          {
            engine,
            signal: stop.signal,
            onRollouts: (each) => kept.push(each),
            onProgress: (done) => {
              if (done >= 40) stop.abort();
            },
          },
        ),
        Interrupted,
      );
      assert.ok(kept.length > 0 && kept.length < many.length, `${kept.length} kept`);
      assert.deepEqual(
        kept.map(({ prompt }) => prompt),
        kept.map((_, i) => i),
      );
    } finally {
      await engine.dispose();
    }
  });
});
