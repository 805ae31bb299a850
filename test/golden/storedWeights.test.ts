import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type GeneratedShape, generateCheckpoint } from '../../bench/generateCheckpoint.ts';
import { startEngine } from '../../src/engine/process/client.ts';
import type { Engine } from '../../src/engine/process/engine.ts';
import type { WeightStorage } from '../../src/settings/weightStorage.ts';
import { assertGolden, attribute, entropies, worstScore } from './engineChecks.ts';
import { firstSamples, goldenNames, loadGolden } from './golden.ts';

const start = (weights: WeightStorage, memoryBytes = 2 ** 31) => startEngine({ device: 'cpu', memoryBytes, weights });

/** The limits of docs/precision.md. */
describe('weights held as stored, on the CPU', () => {
  let stored: Engine;
  let float32: Engine;
  before(async () => {
    stored = await start('stored');
    float32 = await start('float32');
  });
  after(async () => {
    await stored.dispose();
    await float32.dispose();
  });

  for (const name of [...goldenNames, 'families/qwen3_moe-mixed']) {
    it(`${name}: the golden values, and within 1e-5 of weights held as float32`, async () => {
      const all = await loadGolden(name);
      const golden = name.startsWith('real-') ? firstSamples(all, 2) : all;
      await assertGolden(stored, golden, { score: 2e-4, entropy: 1e-4, logit: 1e-4 });
      const [actual, expected] = [await attribute(stored, golden), await attribute(float32, golden)];
      const worst = worstScore(golden, actual.scores, expected.scores);
      assert.ok(worst <= 1e-5, `worst score is ${worst} off`);
      const resetSet = ({ samples }: typeof actual) =>
        new Set(
          samples.flatMap(({ targets }) => targets.flatMap(({ ranked }) => [...ranked.subarray(0, golden.budget)])),
        );
      assert.deepEqual(resetSet(actual), resetSet(expected));
    });
  }

  it('in segments: the scores and entropies of the whole model', async () => {
    const golden = await loadGolden('tiny-qwen3-untied-sharded');
    const segmented = await start('stored', 150_000);
    try {
      const [actual, expected] = [await attribute(segmented, golden), await attribute(stored, golden)];
      assert.ok(actual.plan.segments > 1);
      const worst = worstScore(golden, actual.scores, expected.scores);
      assert.ok(worst <= 1e-5, `worst score is ${worst} off`);
      const differences = (await entropies(segmented, golden.sft, golden)).map((value, i) =>
        Math.abs(value - golden.entropy.sft[i]!),
      );
      assert.ok(Math.max(...differences) <= 1e-4);
    } finally {
      await segmented.dispose();
    }
  });
});

describe('memory of weights held as stored', () => {
  /** 63 million parameters in the layers: 252 MB as float32, 126 MB as bf16. */
  const shape: GeneratedShape = {
    layers: 4,
    hidden: 1024,
    intermediate: 4096,
    heads: 8,
    keyValueHeads: 4,
    headDim: 128,
    vocab: 512,
  };
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'stored-'));
    generateCheckpoint(folder, shape, 1, 0, true);
  });
  after(() => rmSync(folder, { recursive: true }));

  /** Most that a fresh process held while it attributed two targets, bytes. */
  async function peak(weights: WeightStorage): Promise<number> {
    const engine = await start(weights);
    const ids = Uint32Array.from({ length: 17 }, (_, i) => 7 * i);
    const sample = { index: 0, ids, responses: [{ start: 4, end: 17 }] };
    const targets = [8, 15].map((row) => ({ row, gold: 5 }));
    try {
      const { peakBytes, segments } = await engine.attribute(
        {
          checkpoint: folder,
          samples: [{ ...sample, targets, firstTarget: 0 }],
          firstSample: 0,
          rankLimit: 10,
        },
        { onSample: () => undefined },
      );
      assert.equal(segments, 1);
      return peakBytes;
    } finally {
      await engine.dispose();
    }
  }

  it('is at least a quarter of the float32 weights less', async () => {
    const [asFloat32, asStored] = [await peak('float32'), await peak('stored')];
    const saved = asFloat32 - asStored;
    assert.ok(saved >= 63e6, `${asStored} instead of ${asFloat32} bytes`);
  });
});
