import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { planMerge } from '../../src/checkpoint/adapter/mergePlan.ts';
import { openAdapter } from '../../src/checkpoint/adapter/openAdapter.ts';
import { openCheckpoint } from '../../src/checkpoint/openCheckpoint.ts';
import { checkpointFixtures, fixtures } from '../paths.ts';
import { rawSafetensors } from '../unit/checkpoint/tinyCheckpoint.ts';
import type { Format } from './format.ts';
import { jsonText } from './mutations.ts';

/* What a LoRA adapter's folder consists of, each file read as the program reads it, and held to a base. */

/** Adapters of the fixtures with the same base, so that mixtures of them are adapters too. */
const names = ['resized-saved', 'bf16-weights', 'embeddings', 'tokens', 'tokens-two'];
const basePath = join(checkpointFixtures, 'tiny-llama3rope-untied', 'base');

/** @param parent an empty folder that inputs are written to */
export async function adapterFormats(parent: string): Promise<readonly Format<string>[]> {
  const folder = join(parent, 'adapter');
  await mkdir(folder);
  const base = await openCheckpoint(basePath);
  const configs: unknown[] = [];
  const headers: unknown[] = [];
  const sizes = new Map<string, number>();
  let config = '';
  let weights: Uint8Array = new Uint8Array();
  for (const name of names) {
    config = await readFile(join(fixtures, 'lora', name, 'adapter_config.json'), 'utf8');
    weights = await readFile(join(fixtures, 'lora', name, 'adapter_model.safetensors'));
    configs.push(JSON.parse(config));
    const length = Number(new DataView(weights.buffer, weights.byteOffset).getBigUint64(0, true));
    const header: unknown = JSON.parse(Buffer.from(weights.subarray(8, 8 + length)).toString());
    headers.push(header);
    sizes.set(Object.keys(header as object).join(), weights.length - 8 - length);
  }
  const read = async (ownConfig: string, ownWeights: Uint8Array) => {
    await writeFile(join(folder, 'adapter_config.json'), ownConfig);
    await writeFile(join(folder, 'adapter_model.safetensors'), ownWeights);
    planMerge(await openAdapter(folder), base);
  };
  return [
    { name: 'adapter_config.json', inputs: jsonText(configs), read: (text) => read(text, weights) },
    {
      name: 'adapter weights',
      inputs: jsonText(headers),
      read: (text) => {
        let own = [...sizes.values()][0]!;
        try {
          own = sizes.get(Object.keys(JSON.parse(text) as object).join()) ?? own;
        } catch {
          // No JSON any more.
        }
        return read(config, rawSafetensors(text, own));
      },
    },
  ];
}
