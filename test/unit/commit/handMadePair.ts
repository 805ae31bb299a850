import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseConfig } from '../../../src/checkpoint/architecture/config.ts';
import type { Checkpoint, Shard, TensorEntry } from '../../../src/checkpoint/checkpoint.ts';
import type { CheckpointPair } from '../../../src/checkpoint/pair.ts';
import { encodeSafetensorsHeader, type TensorSpec } from '../../../src/checkpoint/safetensors/safetensorsWriter.ts';
import { identityAtSync } from '../../../src/files/reading/fileIdentity.ts';
import { tinyConfig } from '../checkpoint/tinyCheckpoint.ts';
import { randomBits } from '../kernels/reference.ts';

/** One side's tensors by shard; any names, shapes and dtypes, which a real checkpoint would not be let through with. */
export type Shards = readonly (readonly TensorSpec[])[];

/** Random bytes: NaN, infinities and subnormals among them. */
function randomBytes(length: number, seed: number): Uint8Array {
  const random = randomBits(seed);
  const words = Uint32Array.from({ length: Math.ceil(length / 4) }, random);
  return new Uint8Array(words.buffer, 0, length);
}

function writeSide(folder: string, shards: Shards, seed: number): Checkpoint {
  mkdirSync(folder);
  const tensors = new Map<string, TensorEntry>();
  const files: Shard[] = shards.map((specs, shard) => {
    const name = `model-${shard}.safetensors`;
    const header = encodeSafetensorsHeader(specs, new Map([['made', `by hand, seed ${seed}`]]));
    const bytes = randomBytes(header.fileBytes, seed + shard);
    bytes.set(header.bytes);
    writeFileSync(join(folder, name), bytes);
    for (const { name: tensor, dtype, shape, begin, end } of header.tensors) {
      const entry = { name: tensor, dtype, shape, shard, begin: header.dataStart + begin, byteLength: end - begin };
      tensors.set(tensor, entry);
    }
    const path = join(folder, name);
    const identity = identityAtSync(path)!;
    return { name, path, byteLength: header.fileBytes, dataStart: header.dataStart, identity };
  });
  writeFileSync(join(folder, 'config.json'), JSON.stringify(tinyConfig));
  return {
    folder,
    architecture: parseConfig(JSON.stringify(tinyConfig), 'config.json'),
    shards: files,
    tensors,
    prefix: '',
    indexName: undefined,
    tokenizerPath: join(folder, 'tokenizer.json'),
    tokenizerConfigPath: undefined,
    files: [],
  };
}

/** A pair in `folder`/base and `folder`/sft; the base may be sharded in another way. */
export function handMadePair(
  folder: string,
  sftShards: Shards,
  baseShards: Shards = [sftShards.flat()],
): CheckpointPair {
  const base = writeSide(join(folder, 'base'), baseShards, 1);
  const sft = writeSide(join(folder, 'sft'), sftShards, 100);
  return { base, sft, notes: [], completion: undefined, baseEntry: (name) => base.tensors.get(name) };
}
