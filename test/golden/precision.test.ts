import assert from 'node:assert/strict';
import { startEngine } from '../../src/engine/process/client.ts';
import type { Engine } from '../../src/engine/process/engine.ts';
import type { EmulatedUnits } from '../../src/protocol/engine.ts';
import type { Precision } from '../../src/settings/precision.ts';
import { assertGolden, attribute, entropies, worstScore } from './engineChecks.ts';
import { largestDifference, loadFloat64, worstOfTarget } from './float64.ts';
import { firstSamples, goldenNames, loadGolden } from './golden.ts';

const start = (precision: Precision, units?: EmulatedUnits) =>
  startEngine({ device: 'cpu', memoryBytes: 2 ** 31, precision, ...(units && { units }) });

async function goldenOf(name: string) {
  const all = await loadGolden(name);
  return name.startsWith('real-') ? firstSamples(all, 2) : all;
}

/** The limits of docs/precision.md. */
for (const units of ['tf32Cut', 'tf32Rounded'] as const) {
  describe(`exact products on units that are ${units}`, () => {
    let engine: Engine;
    before(async () => {
      engine = await start('exact', units);
    });
    after(() => engine.dispose());

    for (const name of goldenNames) {
      it(`${name}: the golden values, and scores within 2e-5 of float64's`, async () => {
        const golden = await goldenOf(name);
        await assertGolden(engine, golden, { score: 5e-5, entropy: 5e-5, logit: 5e-5 });
        const exact = await loadFloat64(golden);
        const { scores } = await attribute(engine, golden);
        const worst = worstOfTarget(golden, scores, exact.scores);
        assert.ok(worst <= 2e-5, `worst score is ${worst} off`);
        const inModule = worstScore(golden, scores, exact.scores);
        assert.ok(inModule <= 4e-5, `worst score is ${inModule} of its module's largest off`);
      });
    }
  });
}

describe('products on emulated units', () => {
  const name = 'tiny-qwen3-untied-sharded';

  // Without this the limits above would say nothing: the units might not be emulated at all.
  for (const [units, least] of [
    ['tf32Cut', 1e-3],
    ['tf32Rounded', 5e-4],
    ['bfloat16', 1e-2],
  ] as const) {
    it(`${units}: one product each is at least ${least} off`, async () => {
      const golden = await goldenOf(name);
      const engine = await start('tf32', units);
      try {
        const exact = await loadFloat64(golden);
        const { scores } = await attribute(engine, golden);
        assert.ok(worstScore(golden, scores, exact.scores) >= least);
        const entropy = await entropies(engine, golden.sft, golden);
        assert.ok(largestDifference(entropy, exact.entropy.sft) >= least);
        assert.equal(engine.products, 'tf32');
      } finally {
        await engine.dispose();
      }
    });
  }

  it('in segments, and with weights held as stored, exact products stay so', async () => {
    const golden = await goldenOf(name);
    const options = { device: 'cpu', precision: 'exact', units: 'tf32Cut', weights: 'stored' } as const;
    const engine = await startEngine({ ...options, memoryBytes: 150_000 });
    try {
      const { plan, scores } = await attribute(engine, golden);
      assert.ok(plan.segments > 1);
      const exact = await loadFloat64(golden);
      const worst = worstOfTarget(golden, scores, exact.scores);
      assert.ok(worst <= 2e-5, `worst score is ${worst} off`);
      assert.equal(engine.products, 'split');
    } finally {
      await engine.dispose();
    }
  });

  it('the CPU computes in float32 whatever is asked for', async () => {
    const golden = await goldenOf(name);
    const found = [];
    for (const precision of ['exact', 'float32', 'tf32'] as const) {
      const engine = await start(precision);
      try {
        assert.equal(engine.products, 'float32');
        found.push((await attribute(engine, golden)).scores);
      } finally {
        await engine.dispose();
      }
    }
    assert.deepEqual(found[1], found[0]);
    assert.deepEqual(found[2], found[0]);
  });
});
