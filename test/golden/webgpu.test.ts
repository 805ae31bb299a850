import assert from 'node:assert/strict';
import { startEngine } from '../../src/engine/process/client.ts';
import { assertGolden, attribute, worstScore } from './engineChecks.ts';
import { firstSamples, goldenNames, loadGolden } from './golden.ts';
import { webgpuEngine, webgpuOptions } from './webgpuEngine.ts';

/** Of the trained checkpoint's 64 samples those whose scores are kept; all of them take two minutes on software Vulkan. */
const trainedSamples = 2;

/** Together every part that layers differ in: caps, norms after blocks, fused tensors, neighbours, both kinds of frequencies. */
const furtherFamilies = ['qwen3_moe', 'gemma2', 'glm4', 'olmo3', 'phi3-longrope'].map((name) => `families/${name}`);

/** Each family, both two-byte dtypes. */
const heldAsStored = ['tiny-llama-tied-bias', 'tiny-qwen2-untied-f16', 'tiny-qwen3-untied-sharded'];

/*
 * Sessions on a device other than the CPU are made with the CPU shut out (see createSession), so that what passes here
 * ran on the device, node by node.
 */
describe('engine on WebGPU against the golden values', () => {
  const engine = webgpuEngine();

  for (const name of [...goldenNames, ...furtherFamilies]) {
    it(`${name}: entropies, targets, scores, reset set and logits`, async () => {
      const golden = await loadGolden(name);
      const some = name.startsWith('real-') ? firstSamples(golden, trainedSamples) : golden;
      await assertGolden(engine(), some, { score: 1e-4, entropy: 1e-4, logit: 1e-4 });
    });
  }

  for (const name of heldAsStored) {
    it(`${name}, weights held as stored: the golden values, and within 1e-5 of weights held as float32`, async () => {
      const golden = await loadGolden(name);
      const stored = await startEngine({ ...webgpuOptions, weights: 'stored' });
      try {
        await assertGolden(stored, golden, { score: 1e-4, entropy: 1e-4, logit: 1e-4 });
        const [actual, expected] = [await attribute(stored, golden), await attribute(engine(), golden)];
        const worst = worstScore(golden, actual.scores, expected.scores);
        assert.ok(worst <= 1e-5, `worst score is ${worst} off`);
      } finally {
        await stored.dispose();
      }
    });
  }
});
