import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseConfig } from '../../../src/checkpoint/architecture/config.ts';
import { expectedTensors } from '../../../src/checkpoint/architecture/expectedTensors.ts';
import type { Dtype } from '../../../src/checkpoint/safetensors/dtype.ts';
import { encodeSafetensorsHeader, type TensorSpec } from '../../../src/checkpoint/safetensors/safetensorsWriter.ts';

/** A complete Llama configuration of a few hundred weights. */
export const tinyConfig = {
  model_type: 'llama',
  hidden_size: 4,
  intermediate_size: 6,
  num_hidden_layers: 1,
  num_attention_heads: 2,
  num_key_value_heads: 1,
  vocab_size: 8,
  max_position_embeddings: 64,
  tie_word_embeddings: false,
} as const;

export const tinyTokenizer = {
  version: '1.0',
  truncation: null,
  padding: null,
  added_tokens: [
    { id: 3, content: '<s>', single_word: false, lstrip: false, rstrip: false, normalized: false, special: true },
  ],
  normalizer: { type: 'NFC' },
  pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
  post_processor: null,
  decoder: { type: 'ByteLevel' },
  model: { type: 'BPE', dropout: null, byte_fallback: false, vocab: { a: 0, b: 1, ab: 2 }, merges: [['a', 'b']] },
};

/** Bytes of a safetensors file: the tensors hold zeros, but for those in `fill`. */
export function safetensorsBytes(
  specs: readonly TensorSpec[],
  fill: Readonly<Record<string, number>> = {},
): Uint8Array {
  const header = encodeSafetensorsHeader(specs, new Map([['format', 'pt']]));
  const bytes = new Uint8Array(header.fileBytes);
  bytes.set(header.bytes);
  for (const { name, begin, end } of header.tensors) {
    bytes.fill(fill[name] ?? 0, header.dataStart + begin, header.dataStart + end);
  }
  return bytes;
}

/** A file that starts as a safetensors file does, with any header text, stated length and number of data bytes. */
export function rawSafetensors(header: string | Uint8Array, dataBytes: number, length?: number | bigint): Uint8Array {
  const text = typeof header === 'string' ? new TextEncoder().encode(header) : header;
  const bytes = new Uint8Array(8 + text.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length ?? text.length), true);
  bytes.set(text, 8);
  return bytes;
}

export type Tensors = Map<string, { dtype: Dtype; shape: readonly number[] }>;

export interface TinyOptions {
  /** Fields that replace or, when undefined, remove those of {@link tinyConfig}. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Changes the tensors before they are written. */
  readonly tensors?: (tensors: Tensors) => void;
  /** The byte that a tensor is filled with; 0 for others. */
  readonly fill?: Readonly<Record<string, number>>;
  readonly tokenizer?: unknown;
  /** Splits the tensors over this many shards, in turn. */
  readonly shards?: number;
  /** Further files by name. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  /** Files left out. */
  readonly without?: readonly string[];
}

/** The tensors of a configuration, all BF16. */
export function tinyTensors(config: Readonly<Record<string, unknown>> = {}): Tensors {
  const architecture = parseConfig(JSON.stringify({ ...tinyConfig, ...config }), 'config.json');
  return new Map([...expectedTensors(architecture)].map(([name, shape]) => [name, { dtype: 'BF16', shape }]));
}

export function shardName(shard: number, shards: number): string {
  const digits = (n: number) => String(n).padStart(5, '0');
  return `model-${digits(shard + 1)}-of-${digits(shards)}.safetensors`;
}

/** Writes a checkpoint into a folder, which is made, and returns the folder. */
export async function writeTiny(folder: string, options: TinyOptions = {}): Promise<string> {
  await mkdir(folder, { recursive: true });
  const tensors = tinyTensors(options.config);
  options.tensors?.(tensors);
  const specs = [...tensors].map(([name, tensor]) => ({ name, ...tensor }));
  const files: Record<string, string | Uint8Array> = {
    'config.json': JSON.stringify({ ...tinyConfig, ...options.config }),
    'tokenizer.json': JSON.stringify(options.tokenizer ?? tinyTokenizer),
  };
  const shards = options.shards ?? 0;
  if (shards === 0) files['model.safetensors'] = safetensorsBytes(specs, options.fill);
  for (let shard = 0; shard < shards; shard++) {
    const own = specs.filter((_, i) => i % shards === shard);
    files[shardName(shard, shards)] = safetensorsBytes(own, options.fill);
  }
  if (shards > 0) {
    const weight_map = Object.fromEntries(specs.map(({ name }, i) => [name, shardName(i % shards, shards)]));
    files['model.safetensors.index.json'] = JSON.stringify({ metadata: {}, weight_map });
  }
  for (const [name, content] of Object.entries({ ...files, ...options.files })) {
    if (options.without?.includes(name) !== true) await writeFile(join(folder, name), content);
  }
  return folder;
}
