import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { badConfigs } from '../unit/checkpoint/badInputs/configs.ts';
import { badFolders } from '../unit/checkpoint/badInputs/folders.ts';
import { badHeaders } from '../unit/checkpoint/badInputs/headers.ts';
import { badPairs } from '../unit/checkpoint/badInputs/pairs.ts';
import { badTensors } from '../unit/checkpoint/badInputs/tensors.ts';

/** Larger ones are about their size alone. */
const largest = 40_000;

/** Files that the rows of bad input leave, by their name: `config.json`, `tokenizer.json`, the index, and all weights as one. */
export async function badInputCorpus(scratch: string): Promise<ReadonlyMap<string, readonly Buffer[]>> {
  const found = new Map<string, Buffer[]>();
  for (const { read } of [...badHeaders, ...badConfigs, ...badFolders, ...badTensors, ...badPairs]) {
    const folder = await mkdtemp(join(scratch, 'corpus-'));
    await read(folder).catch(() => undefined);
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const bytes = await readFile(join(entry.parentPath, entry.name));
      if (bytes.length > largest) continue;
      const name = entry.name.endsWith('.safetensors') ? 'safetensors' : entry.name;
      const like = found.get(name) ?? [];
      if (!like.some((each) => each.equals(bytes))) found.set(name, [...like, bytes]);
    }
    await rm(folder, { recursive: true });
  }
  return found;
}
