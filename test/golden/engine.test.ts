import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openCheckpoint } from '../../src/checkpoint/openCheckpoint.ts';
import { startEngine } from '../../src/engine/process/client.ts';
import type { Engine } from '../../src/engine/process/engine.ts';
import { neuronLayout } from '../../src/method/neuronLayout.ts';
import { assertClose, assertGolden, attribute, entropies, worstScore } from './engineChecks.ts';
import { familyNames, goldenNames, loadGolden } from './golden.ts';

const GB = 2 ** 30;

describe('engine against the golden values', () => {
  let engine: Engine;
  before(async () => {
    engine = await startEngine({ device: 'cpu', memoryBytes: 2 * GB });
  });
  after(() => engine.dispose());

  it('are there', () => assert.deepEqual([goldenNames.length, familyNames().length], [9, 17]));

  for (const name of [...goldenNames, ...familyNames()]) {
    it(`${name}: entropies, targets, scores, reset set and logits`, async () => {
      const golden = await loadGolden(name);
      const { total } = neuronLayout((await openCheckpoint(golden.sft)).architecture);
      assert.equal(total, golden.neurons);
      await assertGolden(engine, golden, { score: 2e-4, entropy: 1e-4, logit: 1e-4 });
    });
  }
});

describe('an engine that is kept', () => {
  it('takes a checkpoint that was replaced for what it is now', async () => {
    const golden = await loadGolden('tiny-qwen2-tied');
    const folder = mkdtempSync(join(tmpdir(), 'kept-'));
    const engine = await startEngine({ device: 'cpu', memoryBytes: 2 * GB });
    try {
      for (const side of ['sft', 'base'] as const) {
        // Under its temporary name first, as downloads are.
        for (const name of readdirSync(golden[side])) {
          copyFileSync(join(golden[side], name), join(folder, `${name}.part`));
          renameSync(join(folder, `${name}.part`), join(folder, name));
        }
        assertClose(await entropies(engine, folder, golden), golden.entropy[side], 1e-4, `${side} entropy`);
      }
    } finally {
      await engine.dispose();
      rmSync(folder, { recursive: true });
    }
  });
});

describe('engine in segments', () => {
  for (const name of [
    'tiny-qwen3-untied-sharded',
    'tiny-llama-tied-bias',
    'tiny-qwen2-untied-f16',
    'families/qwen3_moe',
  ]) {
    it(`${name}: a small budget gives the scores of a large one within 1e-5`, async () => {
      const golden = await loadGolden(name);
      const whole = await startEngine({ device: 'cpu', memoryBytes: 2 * GB });
      const segmented = await startEngine({ device: 'cpu', memoryBytes: 150_000 });
      try {
        const expected = await attribute(whole, golden);
        const actual = await attribute(segmented, golden);
        assert.equal(expected.plan.segments, 1);
        assert.ok(actual.plan.segments > 1, `${actual.plan.segments} segments`);
        const worst = worstScore(golden, actual.scores, expected.scores);
        assert.ok(worst <= 1e-5, `worst score is ${worst} off`);
        const entropy = await entropies(segmented, golden.sft, golden);
        assertClose(entropy, golden.entropy.sft, 1e-4, 'SFT entropy');
      } finally {
        await whole.dispose();
        await segmented.dispose();
      }
    });
  }
});
