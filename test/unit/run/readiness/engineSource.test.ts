import assert from 'node:assert/strict';
import { join } from 'node:path';
import { openCheckpoint } from '../../../../src/checkpoint/openCheckpoint.ts';
import type { Engine } from '../../../../src/engine/process/engine.ts';
import { InputError, Interrupted, RunError } from '../../../../src/errors.ts';
import type { SampleParams } from '../../../../src/protocol/engine.ts';
import type { Prompt } from '../../../../src/readiness/prompts/prompt.ts';
import type { PromptRollouts } from '../../../../src/readiness/rollout.ts';
import { type EngineSourceOptions, engineSource } from '../../../../src/run/readiness/engineSource.ts';
import type { RolloutSource, SampleOptions } from '../../../../src/run/readiness/rolloutSource.ts';
import { sampleFolder } from '../../../paths.ts';

const folder = join(sampleFolder, 'base');

const prompts = Array.from({ length: 5 }, (_, index): Prompt => {
  const text = `Question: ${index}`;
  return { index, line: index + 1, input: { kind: 'text', text }, answer: String(index) };
});

const settings: EngineSourceOptions = {
  ...{ memoryBytes: 0, device: 'cpu', processes: 0, threads: 0, weights: 'auto', precision: 'exact' },
  ...{ chatTemplate: '', templateArgs: [], specialTokens: 'tokenizer' },
};

const running = new AbortController().signal;

const sampling: SampleOptions = {
  ...{ samples: 2, temperature: 1, topP: 1, maxTokens: 4, stop: [], seed: 3, signal: running },
};

/** An engine that answers with each prompt's own first token, and fails after so many prompts. */
class StubEngine {
  readonly asked: SampleParams[] = [];
  disposed = 0;
  readonly #failure: { readonly after: number; readonly error: Error } | undefined;

  constructor(failure?: { readonly after: number; readonly error: Error }) {
    this.#failure = failure;
  }

  readonly engine = {
    ...{ device: 'cpu', processes: 1, gpus: [], refused: [], runtimeVersion: '1', products: 'float32' },
    memory: { bytes: 1e9, freeBytes: undefined },
    measure: () => assert.fail('measured'),
    attribute: () => assert.fail('attributed'),
    sample: async (params, { onSample, onProgress, signal }) => {
      this.asked.push(params);
      const { samples, firstSample, options } = params;
      for (const { index, ids } of samples.slice(firstSample)) {
        if (signal?.aborted) throw new Interrupted('Stopped.');
        if (index - firstSample === this.#failure?.after) throw this.#failure.error;
        const answer = {
          tokens: Int32Array.of(ids[0]!),
          logProbabilities: Float32Array.of(-1),
          entropies: Float32Array.of(0.5),
          finish: 'length',
        } as const;
        onSample({ index, answers: Array.from({ length: options.samples }, () => answer) });
        const done = (index - firstSample + 1) * options.samples;
        onProgress?.({ activity: 'forward', done, total: (samples.length - firstSample) * options.samples });
        await Promise.resolve();
      }
      return { segments: 1 } as never;
    },
    dispose: async () => {
      this.disposed++;
    },
  } satisfies Partial<Engine> as unknown as Engine;
}

async function opened(stub: StubEngine): Promise<RolloutSource> {
  const open = engineSource(settings, { onEvent: () => {}, startEngine: async () => stub.engine });
  return open({ name: 'base', folder, checkpoint: await openCheckpoint(folder) }, running);
}

async function all(source: RolloutSource, wanted: readonly Prompt[], options = sampling): Promise<PromptRollouts[]> {
  const found: PromptRollouts[] = [];
  for await (const each of source.sample(wanted, options)) found.push(each);
  return found;
}

describe('the engine as a source of rollouts', () => {
  it('gives every prompt that is wanted, by its index among all, and counts the answers', async () => {
    const stub = new StubEngine();
    const source = await opened(stub);
    let answers = 0;
    const onAnswer = () => {
      answers++;
    };
    const whole = await all(source, prompts, { ...sampling, onAnswer });
    assert.deepEqual(
      whole.map(({ prompt, rollouts }) => [prompt, rollouts.length]),
      [0, 1, 2, 3, 4].map((index) => [index, 2]),
    );
    assert.equal(answers, 10);
    // What a stopped run left: random numbers hang on the index, so those before keep their places.
    assert.deepEqual(await all(source, prompts.slice(3)), whole.slice(3));
    assert.deepEqual([stub.asked[1]!.firstSample, stub.asked[1]!.samples.length], [3, 5]);
    assert.deepEqual(
      stub.asked[1]!.samples.slice(3).map(({ ids }) => [...ids]),
      stub.asked[0]!.samples.slice(3).map(({ ids }) => [...ids]),
    );
    assert.deepEqual(
      (await all(source, [prompts[4]!, prompts[1]!])).map(({ prompt }) => prompt),
      [1, 4],
    );
    const { identity } = source;
    assert.deepEqual(JSON.parse(JSON.stringify(identity)), identity);
    await source.dispose();
    assert.equal(stub.disposed, 1);
  });

  it('takes more prompts than a call has arguments for', async () => {
    const stub = new StubEngine({ after: 0, error: new RunError('far enough') });
    const many = Array.from({ length: 130_000 }, (_, index): Prompt => ({ ...prompts[0]!, index }));
    await assert.rejects(all(await opened(stub), many), new RunError('far enough'));
    assert.deepEqual([stub.asked[0]!.firstSample, stub.asked[0]!.samples.length], [0, many.length]);
  });

  it('gives what was finished before it fails, and ends the work when nobody listens any more', async () => {
    const source = await opened(new StubEngine({ after: 2, error: new RunError('lost') }));
    const found: number[] = [];
    const failing = (async () => {
      for await (const { prompt } of source.sample(prompts, sampling)) found.push(prompt);
    })();
    await assert.rejects(failing, new RunError('lost'));
    assert.deepEqual(found, [0, 1]);
    const stub = new StubEngine();
    const other = await opened(stub);
    for await (const { prompt } of other.sample(prompts, sampling)) {
      assert.equal(prompt, 0);
      break;
    }
  });

  it('refuses texts that end an answer, and checkpoints that do not lie here', async () => {
    const source = await opened(new StubEngine());
    await assert.rejects(all(source, prompts, { ...sampling, stop: ['\n'] }), InputError);
    const open = engineSource(settings, { onEvent: () => {}, startEngine: () => assert.fail('started') });
    await assert.rejects(open({ name: 'm', folder: 'm', checkpoint: undefined }, running), InputError);
  });
});
