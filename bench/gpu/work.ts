import { join } from 'node:path';
import { devices } from '../../src/protocol/engine.ts';
import { bandwidthCeiling, type ProductType, productCeiling, productTypes } from '../ceilings.ts';
import { generateCheckpoint } from '../generateCheckpoint.ts';
import { checkGoldens } from './goldens.ts';
import { sizes } from './sizes.ts';

/*
 * One step's work, in a process of its own that may crash or be stopped: `goldens DEVICE`, `ceilings DEVICE SIDE` or
 * `generate SIZE FOLDER`. Prints JSON.
 */

const [work, first, second] = process.argv.slice(2);

async function ceilings() {
  const device = devices.find((each) => each === first)!;
  const side = Number(second);
  const runs = { device, threads: 0, runs: 5 };
  const found: Record<string, number | string> = {};
  for (const type of Object.keys(productTypes) as ProductType[]) {
    try {
      found[type] = await productCeiling({ rows: side, inner: side, outer: side }, runs, type);
    } catch (error) {
      found[type] = error instanceof Error ? error.message.slice(0, 200) : String(error);
    }
  }
  return { ...found, bytesPerSecond: await bandwidthCeiling(4 * side * side, runs) };
}

async function answer(): Promise<unknown> {
  if (work === 'ceilings') return ceilings();
  if (work === 'generate') {
    const shape = sizes[first!]!;
    generateCheckpoint(join(second!, 'base'), shape, 1, 0, true);
    generateCheckpoint(join(second!, 'sft'), shape, 1, 0.1, true);
    return {};
  }
  const failures = await checkGoldens(devices.find((each) => each === first)!);
  if (Object.keys(failures).length > 0) throw new Error(JSON.stringify(failures));
  return {};
}

process.stdout.write(`${JSON.stringify(await answer())}\n`);
