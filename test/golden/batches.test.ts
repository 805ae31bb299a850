import assert from 'node:assert/strict';
import { startEngine } from '../../src/engine/process/client.ts';
import type { Engine } from '../../src/engine/process/engine.ts';
import { responseRowCount, responseRowOf, responseRows } from '../../src/method/responseRows.ts';
import type { SampleMeasures } from '../../src/protocol/engine.ts';
import { assertClose, attribute, worstScore } from './engineChecks.ts';
import { type Golden, loadGolden } from './golden.ts';

type Sample = Golden['samples'][number];

/** Samples of these lengths, of a golden file's tokens; the prompt is the first third. */
function samplesOf(golden: Golden, lengths: readonly number[]): Sample[] {
  const ids = golden.samples.flatMap((sample) => [...sample.ids]);
  return lengths.map((length, index) => ({
    index,
    ids: Uint32Array.from({ length }, (_, i) => ids[(7 * index + i) % ids.length]!),
    responses: [{ start: Math.max(1, Math.floor(length / 3)), end: length }],
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

/**
 * Very different lengths, one row of response among them, and more rows together than one run of the head takes; often
 * enough that large runs pay.
 */
const lengths = Array.from({ length: 8 }, () => [2, 30, 17, 3, 41, 50, 5, 24]).flat();

/** Each family: with biases, without, and with norms of queries and keys. */
const names = ['tiny-llama-tied-bias', 'tiny-qwen2-untied-f16', 'tiny-qwen3-untied-sharded'];

describe('targets of long samples', () => {
  it('in one run give what each gives by itself, however their rows are cut, within 2e-5', async () => {
    const engine = await startEngine({ device: 'cpu', memoryBytes: 2 ** 31 });
    try {
      for (const name of names) {
        const golden = await loadGolden(name);
        // Attention's backward is in one chunk up to 127 rows, and in four from 256 on.
        const rows = [3, 65, 110, 130, 200, 255, 299];
        const long = samplesOf(golden, [301])[0]!;
        const scoresOf = async (some: readonly number[]) => {
          const targets = some.map((t) => ({ ...golden.targets[0]!, sample: 0, t, y: long.ids[t + 1]! }));
          return attribute(engine, { ...golden, samples: [long], targets });
        };
        const together = await scoresOf(rows);
        assert.equal(together.plan.targetsPerBatch, rows.length);
        for (const [i, row] of rows.entries()) {
          const { scores } = await scoresOf([row]);
          const own = together.scores.subarray(i * golden.neurons, (i + 1) * golden.neurons);
          const worst = worstScore(golden, own, scores);
          assert.ok(worst < 2e-5, `${name}, row ${row}: ${worst}`);
        }
      }
    } finally {
      await engine.dispose();
    }
  });
});

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
      assert.ok(together.plan.samplesPerGroup >= 6, `${together.plan.samplesPerGroup} samples`);
      assert.ok(together.plan.forwardRows >= 3 * 50, `${together.plan.forwardRows} rows`);
      for (const [i, sample] of samples.slice(0, 16).entries()) {
        const alone = await measure(engine, golden.sft, [sample]);
        assert.equal(alone.plan.forwardRows, 0);
        const [one, other] = [alone.found[0]!, together.found[i]!];
        assert.equal(other.entropy.length, responseRowCount(sample.responses));
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
      for (const first of [1, 4, 7, 30]) {
        const taken = await measure(engine, golden.sft, samples, first);
        assert.deepEqual(taken.found, found.slice(first));
      }
    });
  }

  it('several responses give what one over all of them gives at their rows, within 1e-5', async () => {
    const golden = await loadGolden('tiny-qwen3-untied-sharded');
    const [all] = samplesOf(golden, [50]);
    const turns = [
      { start: 17, end: 20 },
      { start: 31, end: 32 },
      { start: 40, end: 50 },
    ];
    const whole = (await measure(engine, golden.sft, [all!])).found[0]!;
    const some = (await measure(engine, golden.sft, [{ ...all!, responses: turns }])).found[0]!;
    const places = Array.from(responseRows(turns), (row) => responseRowOf(all!.responses, row)!);
    for (const key of ['entropy', 'top1Probability', 'negativeLogLikelihood'] as const) {
      assertClose(
        some[key],
        places.map((place) => whole[key][place]!),
        1e-5,
        key,
      );
    }
    const kept = places.flatMap((place) => [...whole.topIds.subarray(3 * place, 3 * place + 3)]);
    assert.deepEqual([...some.topIds], kept);
  });

  it('attribution above segments: taken up anywhere, the rest has the same bits', async () => {
    const golden = await loadGolden('tiny-qwen3-untied-sharded');
    const segmented = await startEngine({ device: 'cpu', memoryBytes: 119_800_000 });
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
    } finally {
      await segmented.dispose();
    }
  });

  it('measuring in segments: taken up anywhere, the rest has the same bits', async () => {
    const golden = await loadGolden('tiny-qwen3-untied-sharded');
    const segmented = await startEngine({ device: 'cpu', memoryBytes: 115_700_000 });
    try {
      const samples = samplesOf(golden, lengths);
      const { plan, found } = await measure(segmented, golden.sft, samples);
      assert.ok(plan.segments > 1 && plan.forwardRows > 0, JSON.stringify(plan));
      for (const first of [3, 30]) {
        const taken = await measure(segmented, golden.sft, samples, first);
        assert.deepEqual(taken.found, found.slice(first));
      }
    } finally {
      await segmented.dispose();
    }
  });
});
