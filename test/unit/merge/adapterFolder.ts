import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { planMerge } from '../../../src/checkpoint/adapter/mergePlan.ts';
import { openAdapter } from '../../../src/checkpoint/adapter/openAdapter.ts';
import { openCheckpoint } from '../../../src/checkpoint/openCheckpoint.ts';
import { type LoadedTensor, readSafetensors } from '../../../src/checkpoint/safetensors/safetensorsFile.ts';
import { checkpointFixtures, fixtures } from '../../paths.ts';
import { writeTensors } from '../../writeTensors.ts';

/** A copy of an adapter of the fixtures, to be changed. */
export interface AdapterChange {
  /** Name in `test/fixtures/lora`. */
  readonly of?: string;
  readonly config?: Readonly<Record<string, unknown>>;
  readonly tensors?: (tensors: Map<string, LoadedTensor>) => void;
}

/** Folder of an adapter's base. */
export function baseOf(adapter: string): string {
  const goldens = JSON.parse(readFileSync(join(fixtures, 'lora', 'golden.json'), 'utf8')) as Record<
    string,
    { readonly base: string }
  >;
  return join(checkpointFixtures, goldens[adapter]!.base, 'base');
}

/** Makes the changed copy in a folder. */
export async function changedAdapter(folder: string, { of = 'plain', config, tensors }: AdapterChange): Promise<void> {
  const source = join(fixtures, 'lora', of);
  const json = JSON.parse(readFileSync(join(source, 'adapter_config.json'), 'utf8')) as Record<string, unknown>;
  writeFileSync(join(folder, 'adapter_config.json'), JSON.stringify({ ...json, ...config }));
  const all = await readSafetensors(join(source, 'adapter_model.safetensors'));
  tensors?.(all);
  writeTensors(join(folder, 'adapter_model.safetensors'), all);
}

/** What planning the merge of a changed adapter says, the folder being `DIR` and the base `BASE`; undefined when nothing. */
export async function refusal(change: AdapterChange): Promise<string | undefined> {
  const folder = mkdtempSync(join(tmpdir(), 'adapter-'));
  const base = baseOf(change.of ?? 'plain');
  try {
    await changedAdapter(folder, change);
    planMerge(await openAdapter(folder), await openCheckpoint(base));
    return undefined;
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'InputError') throw error;
    return error.message.replaceAll(folder, 'DIR').replaceAll(base, 'BASE');
  } finally {
    rmSync(folder, { recursive: true });
  }
}
