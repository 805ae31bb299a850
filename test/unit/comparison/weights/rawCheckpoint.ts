import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { parseConfig } from '../../../../src/checkpoint/architecture/config.ts';
import type { Checkpoint, TensorEntry } from '../../../../src/checkpoint/checkpoint.ts';
import { readSafetensorsHeader } from '../../../../src/checkpoint/safetensors/safetensorsFile.ts';
import { encodeSafetensorsHeader, type TensorSpec } from '../../../../src/checkpoint/safetensors/safetensorsWriter.ts';
import { tinyConfig } from '../../checkpoint/tinyCheckpoint.ts';
import { randomBits } from '../../kernels/reference.ts';

/** A checkpoint of one file, whatever tensors it holds. */
export async function rawCheckpoint(path: string, config: object = tinyConfig): Promise<Checkpoint> {
  const { tensors, dataStart, fileBytes, identity } = await readSafetensorsHeader(path);
  const entries = tensors.map(({ name, dtype, shape, begin, end }): [string, TensorEntry] => [
    name,
    { name, dtype, shape, shard: 0, begin: dataStart + begin, byteLength: end - begin },
  ]);
  return {
    folder: dirname(path),
    architecture: parseConfig(JSON.stringify(config), 'config.json'),
    shards: [{ name: basename(path), path, byteLength: fileBytes, dataStart, identity }],
    tensors: new Map(entries),
    prefix: '',
    indexName: undefined,
    tokenizerPath: '',
    tokenizerConfigPath: undefined,
    files: [],
  };
}

/** A checkpoint of tensors in one file in a new `folder`, of random elements that are all finite. */
export async function randomCheckpoint(
  folder: string,
  specs: readonly TensorSpec[],
  seed: number,
  tied = false,
): Promise<Checkpoint> {
  const header = encodeSafetensorsHeader(specs, new Map());
  const random = randomBits(seed);
  // Exponents of bfloat16 and float32 stay small, and so do those of binary16.
  const words = Uint32Array.from(
    { length: Math.ceil(header.fileBytes / 4) },
    () => random() & 0xbfffbfff & ~0x40004000,
  );
  const bytes = new Uint8Array(words.buffer, 0, header.fileBytes);
  bytes.set(header.bytes);
  mkdirSync(folder, { recursive: true });
  const path = join(folder, 'model.safetensors');
  writeFileSync(path, bytes);
  return rawCheckpoint(path, { ...tinyConfig, tie_word_embeddings: tied });
}
