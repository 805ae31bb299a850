import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openCheckpoint } from '../../src/checkpoint/openCheckpoint.ts';
import { startEngine } from '../../src/engine/process/client.ts';
import type { Engine } from '../../src/engine/process/engine.ts';
import { sumOf } from '../../src/method/contributions.ts';
import { explainTokens } from '../../src/run/explanation/explainTokens.ts';
import { fixtures } from '../paths.ts';
import { assertClose } from './engineChecks.ts';
import { loadGolden } from './golden.ts';

/* What pushes a token, against transformers: terms that add up to its logit, and the oracle's scores. */

interface GoldenSide {
  readonly token: number;
  readonly logit: number;
  readonly terms: readonly number[];
}
interface GoldenExplanation {
  readonly sample: number;
  readonly row: number;
  readonly gold: GoldenSide;
  readonly runner: GoldenSide;
}

const explanations = JSON.parse(readFileSync(join(fixtures, 'explanations', 'golden.json'), 'utf8')).targets as Record<
  string,
  GoldenExplanation[]
>;

describe('explanations against transformers', () => {
  let engine: Engine;
  let segmented: Engine;
  before(async () => {
    engine = await startEngine({ device: 'cpu', memoryBytes: 2 ** 31 });
    segmented = await startEngine({ device: 'cpu', memoryBytes: 150_000 });
  });
  after(async () => {
    await engine.dispose();
    await segmented.dispose();
  });

  for (const [name, expected] of Object.entries(explanations)) {
    it(`${name}: terms and logits of gold token and runner-up, scores of the gold token`, async () => {
      const golden = await loadGolden(name);
      const checkpoint = await openCheckpoint(golden.sft);
      // In several segments too, of which each gives the terms of its own layers.
      for (const own of name === 'tiny-qwen3-untied-sharded' ? [engine, segmented] : [engine]) {
        for (const [target, { sample, row, gold, runner }] of expected.entries()) {
          const { ids } = golden.samples[sample]!;
          const found = await explainTokens(own, checkpoint, { ids, row }, [gold.token, runner.token]);
          for (const [side, { token, logit, terms }] of [gold, runner].entries()) {
            const explained = found[side]!;
            assert.equal(explained.token, token);
            assertClose(explained.terms, terms, 1e-4, 'term');
            assertClose([explained.logit, sumOf(explained.terms)], [logit, logit], 1e-4, 'logit');
          }
          const scores = golden.scores.subarray(target * golden.neurons, (target + 1) * golden.neurons);
          const largest = scores.reduce((most, score) => Math.max(most, Math.abs(score)), 0);
          assertClose(found[0]!.scores, scores, 2e-4 * largest, 'score');
        }
      }
    });
  }
});
