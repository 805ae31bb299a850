import { basename, dirname } from 'node:path';
import type { Checkpoint, TensorEntry } from '../../../src/checkpoint/checkpoint.ts';
import { parseConfig } from '../../../src/checkpoint/config.ts';
import { readSafetensorsHeader } from '../../../src/checkpoint/safetensorsFile.ts';
import { tinyConfig } from '../checkpoint/tinyCheckpoint.ts';

/** A checkpoint of one file, whatever tensors it holds. */
export async function rawCheckpoint(path: string, config: object = tinyConfig): Promise<Checkpoint> {
  const { tensors, dataStart, fileBytes } = await readSafetensorsHeader(path);
  const entries = tensors.map(({ name, dtype, shape, begin, end }): [string, TensorEntry] => [
    name,
    { name, dtype, shape, shard: 0, begin: dataStart + begin, byteLength: end - begin },
  ]);
  return {
    folder: dirname(path),
    architecture: parseConfig(JSON.stringify(config), 'config.json'),
    shards: [{ name: basename(path), path, byteLength: fileBytes, dataStart }],
    tensors: new Map(entries),
    indexName: undefined,
    tokenizerPath: '',
    tokenizerConfigPath: undefined,
  };
}
