import assert from 'node:assert/strict';
import { sameRanking } from '../../src/engine/device/rankingProbe.ts';
import { startEngine } from '../../src/engine/process/client.ts';
import type { Engine } from '../../src/engine/process/engine.ts';
import type { SampleAttribution } from '../../src/method/attribution.ts';
import { attribute, samplesWithTargets } from './engineChecks.ts';
import { familyNames, type Golden, goldenNames, loadGolden } from './golden.ts';

/* Ranking inside attribution's graph, here on the CPU, against the host's of the same scores. */

/** Without the scores' file: on the device's side ranks and sums alone cross. */
async function rankings(engine: Engine, golden: Golden, rankLimit: number) {
  const samples: SampleAttribution[] = [];
  const plan = await engine.attribute(
    { checkpoint: golden.sft, samples: samplesWithTargets(golden), firstSample: 0, rankLimit },
    { onSample: (sample) => samples.push(sample) },
  );
  return { plan, samples };
}

function assertSame(actual: readonly SampleAttribution[], expected: readonly SampleAttribution[]): void {
  assert.equal(actual.length, expected.length);
  for (const [i, { targets, ...sums }] of expected.entries()) {
    const found = actual[i]!;
    assert.deepEqual(found.targets, targets, `sample ${i}`);
    assert.ok(
      sameRanking({ ...found, ranked: [], topScores: [] }, { ...sums, ranked: [], topScores: [] }),
      `sums of sample ${i}`,
    );
  }
}

/** The larger ones take ten seconds a time. */
const names = [...goldenNames.filter((name) => name.startsWith('tiny-')), ...familyNames()];

describe('ranking on the device', () => {
  for (const { memoryBytes, targetsPerBatch, of } of [
    { memoryBytes: 2 ** 31, targetsPerBatch: 3, of: names },
    // Targets go one by one through a model held whole: the host ranks.
    { memoryBytes: 120.7e6, targetsPerBatch: 1, of: ['tiny-qwen2-tied', 'tiny-qwen3-untied-sharded'] },
  ]) {
    it(`gives what the host gives of golden files, targets a batch: ${targetsPerBatch}`, async () => {
      const host = await startEngine({ device: 'cpu', memoryBytes, ranking: 'host' });
      const device = await startEngine({ device: 'cpu', memoryBytes, ranking: 'device' });
      let asMeant = 0;
      try {
        for (const name of of) {
          const golden = await loadGolden(name);
          const limit = Math.floor(golden.neurons / 20);
          const expected = await rankings(host, golden, limit);
          const actual = await rankings(device, golden, limit);
          assertSame(actual.samples, expected.samples);
          if (actual.plan.segments === 1 && actual.plan.targetsPerBatch === targetsPerBatch) asMeant++;
        }
        assert.ok(asMeant > 1, `${asMeant} of the plans`);
        // The scores, for whoever wants them too.
        const golden = await loadGolden('tiny-qwen2-tied');
        const [actual, expected] = [await attribute(device, golden), await attribute(host, golden)];
        assertSame(actual.samples, expected.samples);
        assert.deepEqual(actual.scores, expected.scores);
      } finally {
        await host.dispose();
        await device.dispose();
      }
    });
  }
});
