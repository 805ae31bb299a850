import { startEngine } from '../../src/engine/process/client.ts';
import type { Device } from '../../src/settings/devices.ts';
import type { Precision } from '../../src/settings/precision.ts';
import type { WeightStorage } from '../../src/settings/weightStorage.ts';
import { assertGolden, assertMeasures, type Tolerance } from '../../test/golden/engineChecks.ts';
import { firstSamples, loadGolden } from '../../test/golden/golden.ts';

/** Of the trained checkpoint's samples as many as its golden file keeps scores of. */
const trainedSamples = 2;

/** What a precision may differ by: float32's accuracy by the tests' own limit; of tf32 what docs/precision.md states, doubled. */
const tolerances: Readonly<Record<Precision, Tolerance>> = {
  exact: { score: 1e-4, entropy: 1e-4, logit: 1e-4 },
  float32: { score: 1e-4, entropy: 1e-4, logit: 1e-4 },
  tf32: { score: 6e-2, entropy: 2e-2, logit: 6e-2 },
};

/** Compares a device with golden files, within what its precision may differ by. @returns failures by name */
export async function checkGoldens(
  device: Device,
  weights: WeightStorage,
  precision: Precision,
  names: readonly string[],
): Promise<Readonly<Record<string, string>>> {
  const failures: Record<string, string> = {};
  const engine = await startEngine({ device, weights, precision, memoryBytes: 2 ** 31 });
  try {
    for (const name of names) {
      const golden = await loadGolden(name);
      const some = name.startsWith('real-') ? firstSamples(golden, trainedSamples) : golden;
      try {
        if (precision === 'tf32') await assertMeasures(engine, some, tolerances[precision]);
        else await assertGolden(engine, some, tolerances[precision]);
      } catch (error) {
        failures[name] = error instanceof Error ? error.message : String(error);
      }
    }
  } finally {
    await engine.dispose();
  }
  return failures;
}
