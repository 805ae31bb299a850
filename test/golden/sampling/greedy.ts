import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Engine } from '../../../src/engine/process/engine.ts';
import type { EngineOutcome, SampledPrompt } from '../../../src/protocol/engine.ts';
import type { SamplingOptions } from '../../../src/sampling/samplingOptions.ts';
import { fixtures, sampleFolder } from '../../paths.ts';
import { assertClose } from '../engineChecks.ts';

/* What transformers gives without sampling, and how tests have an engine sample. */

export interface Greedy {
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

/** By checkpoint. */
export const goldens = JSON.parse(readFileSync(join(fixtures, 'sampling', 'greedy.json'), 'utf8')) as Record<
  string,
  Greedy
>;

export const folderOf = (name: string) =>
  name.startsWith('sample/') ? join(sampleFolder, name.slice('sample/'.length)) : join(fixtures, name, 'sft');

export const sft = folderOf('sample/sft-over');
export const prompts = goldens['sample/sft-over']!.answers.map(({ prompt }) => prompt);

/** Samples from prompts; empty ones stand for prompts left out: the others keep their indices. */
export async function sampled(
  engine: Engine,
  checkpoint: string,
  given: readonly (readonly number[])[],
  options: Partial<SamplingOptions>,
): Promise<{ prompts: SampledPrompt[]; plan: EngineOutcome }> {
  const found: SampledPrompt[] = [];
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

export const tokensOf = ({ answers }: SampledPrompt) => answers.map(({ tokens }) => [...tokens]);

/** Most that log-probabilities and entropies may differ by, nats. */
export const tolerance = 1e-4;

/** Fails unless the first answer to each prompt is the golden one, token by token. */
export function assertGreedy(
  found: readonly SampledPrompt[],
  answers: Greedy['answers'],
  stopTokens: readonly number[],
) {
  assert.equal(found.length, answers.length);
  for (const [i, expected] of answers.entries()) {
    const { tokens, logProbabilities, entropies, finish } = found[i]!.answers[0]!;
    assert.deepEqual([...tokens], expected.tokens, `prompt ${i}`);
    assertClose(logProbabilities, expected.logProbabilities, tolerance, `prompt ${i}, log-probability`);
    assertClose(entropies, expected.entropies, tolerance, `prompt ${i}, entropy`);
    assert.equal(finish, stopTokens.includes(expected.tokens.at(-1)!) ? 'stop' : 'length');
  }
}
