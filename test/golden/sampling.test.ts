import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stopTokensOf } from '../../src/checkpoint/stopTokens.ts';
import { startEngine } from '../../src/engine/process/client.ts';
import type { Engine } from '../../src/engine/process/engine.ts';
import type { SampledPrompt } from '../../src/protocol/engine.ts';
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
  }[];
}

const goldens = JSON.parse(readFileSync(join(fixtures, 'sampling', 'greedy.json'), 'utf8')) as Record<string, Greedy>;
const folderOf = (name: string) =>
  name.startsWith('sample/') ? join(sampleFolder, name.slice('sample/'.length)) : join(fixtures, name, 'sft');

const GB = 2 ** 30;

async function sampled(
  engine: Engine,
  checkpoint: string,
  prompts: readonly (readonly number[])[],
  options: Partial<SamplingOptions>,
): Promise<SampledPrompt[]> {
  const found: SampledPrompt[] = [];
  const samples = prompts.map((ids, index) => ({ index, ids: Uint32Array.from(ids) }));
  const defaults = { samples: 1, temperature: 0, topP: 1, maxTokens: 16, stopTokens: [0], seed: 5 };
  await engine.sample(
    { checkpoint, samples, firstSample: 0, options: { ...defaults, ...options } },
    { onSample: (each) => found.push(each) },
  );
  return found;
}

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

  it('goldens are there', () => assert.equal(Object.keys(goldens).length, 10));

  for (const [name, golden] of Object.entries(goldens)) {
    it(`${name}: the most likely tokens, their log-probabilities and entropies`, async () => {
      const stopTokens = await stopTokensOf(folderOf(name));
      assert.deepEqual(stopTokens, [golden.stop].flat());
      const prompts = golden.answers.map(({ prompt }) => prompt);
      const found = await sampled(engine, folderOf(name), prompts, { maxTokens: golden.maxTokens, stopTokens });
      for (const [i, expected] of golden.answers.entries()) {
        const { tokens, logProbabilities, entropies, finish } = found[i]!.answers[0]!;
        assert.deepEqual([...tokens], expected.tokens, `prompt ${i}`);
        assertNear(logProbabilities, expected.logProbabilities, `log-probabilities of prompt ${i}`);
        assertNear(entropies, expected.entropies, `entropies of prompt ${i}`);
        assert.equal(finish, stopTokens.includes(expected.tokens.at(-1)!) ? 'stop' : 'length');
      }
    });
  }
});
