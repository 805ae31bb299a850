import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startEngine } from '../../src/engine/process/client.ts';
import type { Engine } from '../../src/engine/process/engine.ts';
import type { SampledPrompt } from '../../src/protocol/engine.ts';
import { setEnvironment } from '../environment.ts';
import { fixtures } from '../paths.ts';
import { webgpuEnvironment } from '../setup/webgpu.ts';

/* Sampling on WebGPU: what transformers gives without sampling, token by token. */

interface Greedy {
  readonly stop: number | readonly number[];
  readonly maxTokens: number;
  readonly answers: readonly {
    readonly prompt: readonly number[];
    readonly tokens: readonly number[];
    readonly logProbabilities: readonly number[];
  }[];
}

const goldens = JSON.parse(readFileSync(join(fixtures, 'sampling', 'greedy.json'), 'utf8')) as Record<string, Greedy>;

describe('sampling on WebGPU against transformers', function () {
  this.timeout(300_000);
  let restore: (() => void) | undefined;
  let engine: Engine | undefined;

  before(async function () {
    const found = await webgpuEnvironment(console.log);
    if (found === undefined) this.skip();
    restore = setEnvironment(found);
    engine = await startEngine({ device: 'webgpu', memoryBytes: 2 ** 31 });
  });

  after(async () => {
    await engine?.dispose();
    restore?.();
  });

  for (const name of ['checkpoints/tiny-qwen3-untied-sharded', 'families/gemma2']) {
    it(`${name}: the most likely tokens and their log-probabilities`, async () => {
      const { answers, maxTokens, stop } = goldens[name]!;
      const found: SampledPrompt[] = [];
      await engine!.sample(
        {
          checkpoint: join(fixtures, name, 'sft'),
          samples: answers.map(({ prompt }, index) => ({ index, ids: Uint32Array.from(prompt) })),
          firstSample: 0,
          options: { samples: 1, temperature: 0, topP: 1, maxTokens, stopTokens: [stop].flat(), seed: 5 },
        },
        { onSample: (each) => found.push(each) },
      );
      assert.equal(found.length, answers.length);
      for (const [i, expected] of answers.entries()) {
        const { tokens, logProbabilities } = found[i]!.answers[0]!;
        assert.deepEqual([...tokens], expected.tokens, `prompt ${i}`);
        for (const [t, value] of expected.logProbabilities.entries()) {
          assert.ok(Math.abs(logProbabilities[t]! - value) <= 1e-4, `prompt ${i}, token ${t}`);
        }
      }
    });
  }
});
