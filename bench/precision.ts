import { startEngine } from '../src/engine/process/client.ts';
import type { Engine } from '../src/engine/process/engine.ts';
import type { EmulatedUnits } from '../src/protocol/engine.ts';
import type { Precision } from '../src/settings/precision.ts';
import { attribute, entropies, worstScore } from '../test/golden/engineChecks.ts';
import { largestDifference, loadFloat64, worstOfTarget } from '../test/golden/float64.ts';
import { type Golden, goldenNames, loadGolden } from '../test/golden/golden.ts';
import { benchProducts } from './precisionProducts.ts';

/*
 * What each precision is off, on the golden files: the CPU computes as CUDA would, with emulated units. Prints the tables of
 * docs/precision.md.
 */

interface Mode {
  readonly name: string;
  readonly precision: Precision;
  readonly units?: EmulatedUnits;
}

const modes: readonly Mode[] = [
  { name: 'float32', precision: 'float32' },
  { name: 'exact, cut', precision: 'exact', units: 'tf32Cut' },
  { name: 'exact, rounded', precision: 'exact', units: 'tf32Rounded' },
  { name: 'tf32, cut', precision: 'tf32', units: 'tf32Cut' },
  { name: 'tf32, rounded', precision: 'tf32', units: 'tf32Rounded' },
  { name: 'bfloat16 operands', precision: 'tf32', units: 'bfloat16' },
];

/** What of a golden file a mode finds otherwise than float64, and than the golden reset set. */
async function differences(engine: Engine, golden: Golden): Promise<string[]> {
  const exact = await loadFloat64(golden);
  const entropy = largestDifference(await entropies(engine, golden.sft, golden), exact.entropy.sft);
  const { samples, scores } = await attribute(engine, golden);
  const reset = new Set(
    samples.flatMap(({ targets }) => targets.flatMap(({ ranked }) => [...ranked.subarray(0, golden.budget)])),
  );
  const expected = new Set(golden.layout.flatMap(({ offset, reset }) => reset.map((neuron) => offset + neuron)));
  const added = [...reset].filter((neuron) => !expected.has(neuron)).length;
  const missing = [...expected].filter((neuron) => !reset.has(neuron)).length;
  return [
    worstScore(golden, scores, exact.scores).toExponential(1),
    worstOfTarget(golden, scores, exact.scores).toExponential(1),
    entropy.toExponential(1),
    `+${added} −${missing} of ${expected.size}`,
  ];
}

/** Tables of what the precisions are off: in single products, and on every golden file in full. */
export async function benchPrecision(): Promise<void> {
  benchProducts();
  console.log('\n| golden | products | worst score of its module | of its target | entropy, nats | reset set |');
  console.log('|---|---|---|---|---|---|');
  const engines: (readonly [string, Engine])[] = [];
  try {
    for (const { name, precision, units } of modes) {
      engines.push([
        name,
        await startEngine({ device: 'cpu', memoryBytes: 2 ** 31, precision, ...(units && { units }) }),
      ]);
    }
    for (const golden of goldenNames) {
      const loaded = await loadGolden(golden);
      for (const [name, engine] of engines) {
        console.log(`| ${golden} | ${name} | ${(await differences(engine, loaded)).join(' | ')} |`);
      }
    }
  } finally {
    for (const [, engine] of engines) await engine.dispose();
  }
}
