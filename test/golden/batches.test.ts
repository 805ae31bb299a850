import assert from 'node:assert/strict';
import { startEngine } from '../../src/engine/client.ts';
import type { Engine } from '../../src/engine/engine.ts';
import type { SampleMeasures } from '../../src/protocol/engine.ts';
import { assertClose, attribute } from './engineChecks.ts';
import { type Golden, loadGolden } from './golden.ts';

type Sample = Golden['samples'][number];

/** Samples of these lengths, of a golden file's tokens; the prompt is the first third. */
function samplesOf(golden: Golden, lengths: readonly number[]): Sample[] {
  const ids = golden.samples.flatMap((sample) => [...sample.ids]);
  return lengths.map((length, index) => ({
    index,
    ids: Uint32Array.from({ length }, (_, i) => ids[(7 * index + i) % ids.length]!),
    promptLength: Math.max(1, Math.floor(length / 3)),
  }));
}

async function measure(engine: Engine, checkpoint: string, samples: readonly Sample[], firstSample = 0) {
  const found: SampleMeasures[] = [];
  const plan = await engine.measure(
    { checkpoint, samples, firstSample, topTokens: 3 },
    { onSample: (measures) => found.push(measures) },
  );
  return { plan, found };
}

/** Very different lengths, one row of response among them, and more rows together than one run of the head takes. */
const lengths = [2, 90, 17, 3, 61, 120, 5, 44];

/** Each family: with biases, without, and with norms of queries and keys. */
const names = ['tiny-llama-tied-bias', 'tiny-qwen2-untied-f16', 'tiny-qwen3-untied-sharded'];

describe('samples that share runs', () => {
  let engine: Engine;
  before(async () => {
    engine = await startEngine({ device: 'cpu', memoryBytes: 2 ** 31 });
  });
  after(() => engine.dispose());

  for (const name of names) {
    it(`${name}: very different lengths in one run give what each gives by itself, within 1e-5`, async () => {
      const golden = await loadGolden(name);
      const samples = samplesOf(golden, lengths);
      const together = await measure(engine, golden.sft, samples);
      assert.equal(together.plan.samplesPerGroup, samples.length);
      assert.ok(together.plan.forwardRows >= samples.length * 120, `${together.plan.forwardRows} rows`);
      for (const [i, sample] of samples.entries()) {
        const alone = await measure(engine, golden.sft, [sample]);
        assert.equal(alone.plan.forwardRows, 0);
        const [one, other] = [alone.found[0]!, together.found[i]!];
        assert.equal(other.entropy.length, sample.ids.length - sample.promptLength);
        for (const key of ['entropy', 'top1Probability', 'negativeLogLikelihood', 'topProbabilities'] as const) {
          assertClose(other[key], one[key], 1e-5, `sample ${i}, ${key}`);
        }
        assert.equal(other.topIds.length, one.topIds.length);
      }
    });

    it(`${name}: taken up anywhere within a batch, the rest has the same bits`, async () => {
      const golden = await loadGolden(name);
      const samples = samplesOf(golden, lengths);
      const { found } = await measure(engine, golden.sft, samples);
      for (const first of [1, 4, 7]) {
        const taken = await measure(engine, golden.sft, samples, first);
        assert.deepEqual(taken.found, found.slice(first));
      }
    });
  }

  it('in segments too, and the attribution above them: taken up anywhere, the rest has the same bits', async () => {
    const golden = await loadGolden('tiny-qwen3-untied-sharded');
    const segmented = await startEngine({ device: 'cpu', memoryBytes: 121_000_000 });
    try {
      const { plan, samples, scores } = await attribute(segmented, golden);
      assert.ok(plan.segments > 1 && plan.forwardRows > 0, JSON.stringify(plan));
      const targets = samples.map((sample) => sample.targets.length);
      for (const first of [1, 2, 5]) {
        const taken = await attribute(segmented, golden, first);
        assert.deepEqual(taken.samples, samples.slice(first));
        const before = targets.slice(0, first).reduce((sum, count) => sum + count, 0) * golden.neurons;
        assert.deepEqual(taken.scores.subarray(before), scores.subarray(before));
      }
      const measured = await measure(segmented, golden.sft, golden.samples);
      assert.ok(measured.plan.segments > 1 && measured.plan.forwardRows > 0, JSON.stringify(measured.plan));
      const taken = await measure(segmented, golden.sft, golden.samples, 3);
      assert.deepEqual(taken.found, measured.found.slice(3));
    } finally {
      await segmented.dispose();
    }
  });
});
