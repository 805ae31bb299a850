import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseConfig } from '../../../../src/checkpoint/architecture/config.ts';
import { expectedTensors } from '../../../../src/checkpoint/architecture/expectedTensors.ts';
import type { WeightDtype } from '../../../../src/checkpoint/safetensors/dtype.ts';
import { encodeSafetensorsHeader } from '../../../../src/checkpoint/safetensors/safetensorsWriter.ts';
import { tinyConfig, tinyTokenizer } from '../tinyCheckpoint.ts';

/* Checkpoints of random values, as tests of completed vocabularies need them: of any size, tied or not, of any dtype. */

/** Values of a tensor in float64, exactly as they are stored. */
export type Values = ReadonlyMap<string, { readonly shape: readonly number[]; readonly values: Float64Array }>;

export interface RandomOptions {
  readonly vocabSize: number;
  readonly tied: boolean;
  readonly dtype: WeightDtype;
  readonly headBias?: boolean;
  readonly seed: number;
  readonly tokenizer?: unknown;
}

/** Numbers from -1 to 1 with six bits of fraction: exact in every dtype. */
function randomValues(seed: number): () => number {
  let state = seed * 2654435761;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (Math.floor((state / 2 ** 32) * 128) - 64) / 64;
  };
}

/** The bits of a value that is exact in the dtype, written out from the definition of the format. */
function putBits(view: DataView, at: number, value: number, dtype: WeightDtype): void {
  view.setFloat32(at, value, true);
  if (dtype === 'F32') return;
  const bits = view.getUint32(at, true);
  if (dtype === 'BF16') {
    view.setUint16(at, bits >>> 16, true);
    return;
  }
  const exponent = ((bits >>> 23) & 0xff) - 127 + 15;
  const half = value === 0 ? 0 : (exponent << 10) | ((bits >>> 13) & 0x3ff);
  view.setUint16(at, ((bits >>> 16) & 0x8000) | half, true);
}

export const bytesOf = { BF16: 2, F16: 2, F32: 4 } as const;

/** Little-endian bytes of values that are exact in the dtype. */
export function exactBytes(values: ArrayLike<number>, dtype: WeightDtype): Uint8Array {
  const bytes = new Uint8Array(values.length * bytesOf[dtype] + 4);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < values.length; i++) putBits(view, i * bytesOf[dtype], values[i]!, dtype);
  return bytes.subarray(0, values.length * bytesOf[dtype]);
}

/** Writes a checkpoint of given values. */
export function writeValues(
  folder: string,
  values: Values,
  { vocabSize, tied, dtype, tokenizer = tinyTokenizer }: Omit<RandomOptions, 'seed'>,
): void {
  mkdirSync(folder, { recursive: true });
  const specs = [...values].map(([name, { shape }]) => ({ name, shape, dtype }));
  const header = encodeSafetensorsHeader(specs, new Map([['format', 'pt']]));
  const parts = [...values.values()].map((tensor) => exactBytes(tensor.values, dtype));
  writeFileSync(join(folder, 'model.safetensors'), Buffer.concat([header.bytes, ...parts]));
  const config = { ...tinyConfig, vocab_size: vocabSize, tie_word_embeddings: tied };
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
  writeFileSync(join(folder, 'tokenizer.json'), JSON.stringify(tokenizer));
}

/** Writes a checkpoint of random values, and gives them. */
export function writeRandom(folder: string, options: RandomOptions): Values {
  const { vocabSize, tied, headBias = false, seed } = options;
  const config = JSON.stringify({ ...tinyConfig, vocab_size: vocabSize, tie_word_embeddings: tied });
  const architecture = { ...parseConfig(config, 'config.json'), headBias };
  const random = randomValues(seed);
  const values = new Map(
    [...expectedTensors(architecture)].map(([name, shape]) => {
      const count = shape.reduce((product, size) => product * size, 1);
      return [name, { shape, values: Float64Array.from({ length: count }, random) }];
    }),
  );
  writeValues(folder, values, options);
  return values;
}
