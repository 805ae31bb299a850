import { startEngine } from '../../src/engine/process/client.ts';
import type { Device } from '../../src/settings/devices.ts';
import type { WeightStorage } from '../../src/settings/weightStorage.ts';
import { assertGolden } from '../../test/golden/engineChecks.ts';
import { firstSamples, loadGolden } from '../../test/golden/golden.ts';

/** Of the trained checkpoint's samples as many as its golden file keeps scores of. */
const trainedSamples = 2;

/** Compares a device with golden files, within the tests' own 1e-4. @returns failures by name */
export async function checkGoldens(
  device: Device,
  weights: WeightStorage,
  names: readonly string[],
): Promise<Readonly<Record<string, string>>> {
  const failures: Record<string, string> = {};
  const engine = await startEngine({ device, weights, memoryBytes: 2 ** 31 });
  try {
    for (const name of names) {
      const golden = await loadGolden(name);
      const some = name.startsWith('real-') ? firstSamples(golden, trainedSamples) : golden;
      try {
        await assertGolden(engine, some, { score: 1e-4, entropy: 1e-4, logit: 1e-4 });
      } catch (error) {
        failures[name] = error instanceof Error ? error.message : String(error);
      }
    }
  } finally {
    await engine.dispose();
  }
  return failures;
}
