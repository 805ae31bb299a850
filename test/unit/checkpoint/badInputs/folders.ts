import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openCheckpoint } from '../../../../src/checkpoint/openCheckpoint.ts';
import {
  safetensorsBytes,
  shardName,
  type Tensors,
  type TinyOptions,
  tinyTensors,
  writeTiny,
} from '../tinyCheckpoint.ts';
import type { BadInput } from './row.ts';

function checkpoint(
  what: string,
  options: TinyOptions,
  message: string,
  change: (folder: string) => Promise<unknown> = async () => undefined,
): BadInput {
  const read = async (folder: string) => {
    await writeTiny(folder, options);
    await change(folder);
    return openCheckpoint(folder);
  };
  return { what, read, message };
}

/** A folder of files by name, without a checkpoint. */
function files(what: string, names: readonly string[], message: string): BadInput {
  const read = async (folder: string) => {
    for (const name of names) await writeFile(join(folder, name), '{}');
    return openCheckpoint(folder);
  };
  return { what, read, message };
}

const indexName = 'model.safetensors.index.json';
const q = 'model.layers.0.self_attn.q_proj.weight';

function index(what: string, content: unknown, message: string): BadInput {
  return checkpoint(what, { shards: 2, files: { [indexName]: JSON.stringify(content) } }, message);
}

/** The index that fits two shards, with entries replaced or, where undefined, removed. */
function mapped(what: string, entries: Readonly<Record<string, unknown>>, message: string): BadInput {
  const own = Object.fromEntries([...tinyTensors().keys()].map((name, i) => [name, shardName(i % 2, 2)]));
  return index(what, { weight_map: { ...own, ...entries } }, message);
}

const set = (name: string, dtype: 'BF16' | 'I32' | 'F64', shape: readonly number[]) => (tensors: Tensors) =>
  tensors.set(name, { dtype, shape });

/** Folders that are no checkpoint, or whose files do not fit one another. */
export const badFolders: readonly BadInput[] = [
  {
    what: 'a folder that is not there',
    read: (folder) => openCheckpoint(join(folder, 'none')),
    message: 'There is no folder "DIR/none".',
  },
  {
    what: 'a file in place of a folder',
    read: async (folder) => {
      await writeFile(join(folder, 'model.gguf'), '');
      return openCheckpoint(join(folder, 'model.gguf'));
    },
    message: '"DIR/model.gguf" is a file; give the folder of a Hugging Face checkpoint.',
  },
  files(
    'an empty folder',
    [],
    '"DIR" holds no weights: neither "model.safetensors" nor "model.safetensors.index.json" is there.',
  ),
  files(
    'pickle weights',
    ['config.json', 'pytorch_model.bin'],
    '"DIR" holds its weights in "pytorch_model.bin", a pickle, which can run code when it is read; convert it to safetensors with save_pretrained first.',
  ),
  files(
    'sharded pickle weights',
    ['config.json', 'pytorch_model.bin.index.json'],
    '"DIR" holds its weights in "pytorch_model.bin.index.json", a pickle, which can run code when it is read; convert it to safetensors with save_pretrained first.',
  ),
  files(
    'a .pt file',
    ['consolidated.00.pth', 'model.pt'],
    '"DIR" holds its weights in "consolidated.00.pth", a pickle, which can run code when it is read; convert it to safetensors with save_pretrained first.',
  ),
  files(
    'GGUF',
    ['model-Q4_K_M.gguf'],
    '"DIR" holds "model-Q4_K_M.gguf" in GGUF format, which is not supported; use the Hugging Face checkpoint it was made from.',
  ),
  files(
    'an adapter',
    ['adapter_config.json', 'adapter_model.safetensors'],
    '"DIR" holds a LoRA adapter (adapter_config.json); merge it into its base first (merge_and_unload in peft) and give the merged folder.',
  ),
  files(
    'weights under another name',
    ['consolidated.safetensors', 'config.json'],
    '"DIR" holds "consolidated.safetensors" but neither "model.safetensors" nor "model.safetensors.index.json", by which a checkpoint\'s weights are found.',
  ),
  {
    what: 'the entry of a model in the Hub cache',
    read: async (folder) => {
      for (const name of ['blobs', 'refs', 'snapshots']) await mkdir(join(folder, name));
      return openCheckpoint(folder);
    },
    message: '"DIR" is a model\'s entry in the Hub cache; give one of the folders in its "snapshots".',
  },
  checkpoint('no config.json', {}, '"DIR" lacks config.json.', (folder) => rm(join(folder, 'config.json'))),
  checkpoint(
    'no tokenizer.json',
    {},
    '"DIR" lacks tokenizer.json; copy it from the base checkpoint, or write it with AutoTokenizer.from_pretrained(…).save_pretrained(…).',
    (folder) => rm(join(folder, 'tokenizer.json')),
  ),
  checkpoint(
    'a symlink to nothing',
    {},
    'The shard "DIR/model.safetensors" is missing: the download is incomplete.',
    async (folder) => {
      await rm(join(folder, 'model.safetensors'));
      await symlink('../blobs/none', join(folder, 'model.safetensors'));
    },
  ),
  checkpoint(
    'symlinks in a circle',
    {},
    'Cannot read "DIR/model.safetensors": its symbolic links go round in a circle.',
    async (folder) => {
      await rm(join(folder, 'model.safetensors'));
      await symlink('model.safetensors', join(folder, 'model.safetensors'));
    },
  ),
  checkpoint(
    'a config.json that is a folder',
    {},
    'Cannot read "DIR/config.json": it is a folder, not a file.',
    async (folder) => {
      await rm(join(folder, 'config.json'));
      await mkdir(join(folder, 'config.json'));
    },
  ),
  checkpoint(
    'a config.json that is not UTF-8',
    { files: { 'config.json': Uint8Array.of(0xff) } },
    '"DIR/config.json" is not UTF-8 text.',
  ),
  checkpoint(
    'a config.json of more than 10 MB',
    { files: { 'config.json': ' '.repeat(10_000_001) } },
    '"DIR/config.json" has 10,000,001 bytes, more than the 10,000,000 bytes expected of a config.json.',
  ),
  index('an index without a map', {}, '"DIR/model.safetensors.index.json" lacks the object "weight_map".'),
  index('an empty index', { weight_map: {} }, '"DIR/model.safetensors.index.json": "weight_map" is empty.'),
  index('a list as index', [], '"DIR/model.safetensors.index.json" lacks the object "weight_map".'),
  mapped(
    'an index entry that is no name',
    { [q]: 1 },
    '"DIR/model.safetensors.index.json": "weight_map" gives no file name for tensor "model.layers.0.self_attn.q_proj.weight".',
  ),
  mapped(
    'a shard above the folder',
    { [q]: '../other/model.safetensors' },
    '"DIR/model.safetensors.index.json" names the shard "../other/model.safetensors", which is not a plain file name; shards must lie in the checkpoint\'s own folder.',
  ),
  mapped(
    'a shard at an absolute path',
    { [q]: '/etc/passwd' },
    '"DIR/model.safetensors.index.json" names the shard "/etc/passwd", which is not a plain file name; shards must lie in the checkpoint\'s own folder.',
  ),
  mapped(
    'a shard with backslashes',
    { [q]: '..\\model.safetensors' },
    '"DIR/model.safetensors.index.json" names the shard "..\\\\model.safetensors", which is not a plain file name; shards must lie in the checkpoint\'s own folder.',
  ),
  mapped(
    'a shard on another drive',
    { [q]: 'C:model.safetensors' },
    '"DIR/model.safetensors.index.json" names the shard "C:model.safetensors", which is not a plain file name; shards must lie in the checkpoint\'s own folder.',
  ),
  mapped(
    'a shard in a folder below',
    { [q]: 'sub/model.safetensors' },
    '"DIR/model.safetensors.index.json" names the shard "sub/model.safetensors", which is not a plain file name; shards must lie in the checkpoint\'s own folder.',
  ),
  mapped(
    'a pickle shard',
    { [q]: 'pytorch_model.bin' },
    '"DIR/model.safetensors.index.json" names the shard "pytorch_model.bin", which is not a .safetensors file.',
  ),
  mapped(
    'a shard that is missing',
    { [q]: 'model-00003-of-00003.safetensors' },
    'The shard "DIR/model-00003-of-00003.safetensors" is missing: the download is incomplete.',
  ),
  mapped(
    'a tensor placed in the wrong shard',
    { [q]: shardName(1, 2) },
    '"DIR/model.safetensors.index.json" places tensor "model.layers.0.self_attn.q_proj.weight" in "model-00002-of-00002.safetensors", but it is in "model-00001-of-00002.safetensors".',
  ),
  mapped(
    'a tensor that no shard holds',
    { 'model.extra': shardName(1, 2) },
    '"DIR/model.safetensors.index.json" places tensor "model.extra" in "model-00002-of-00002.safetensors", but it is in no shard.',
  ),
  mapped(
    'a tensor that the index does not list',
    { [q]: undefined },
    '"DIR/model.safetensors.index.json" does not list tensor "model.layers.0.self_attn.q_proj.weight", which is in "model-00001-of-00002.safetensors".',
  ),
  checkpoint(
    'a tensor in two shards',
    { shards: 2 },
    '"DIR": tensor "model.embed_tokens.weight" is stored twice, in "model-00001-of-00002.safetensors" and in "model-00002-of-00002.safetensors".',
    (folder) =>
      writeFile(
        join(folder, shardName(1, 2)),
        safetensorsBytes([...tinyTensors()].map(([name, tensor]) => ({ name, ...tensor }))),
      ),
  ),
  checkpoint(
    'a damaged shard',
    { shards: 2 },
    '"DIR/model-00002-of-00002.safetensors" is empty: download or copy it again.',
    (folder) => writeFile(join(folder, shardName(1, 2)), ''),
  ),
  checkpoint(
    'a tensor that is missing',
    { tensors: (tensors) => tensors.delete(q) },
    '"DIR" lacks the tensor "model.layers.0.self_attn.q_proj.weight"; the download is incomplete, or config.json belongs to another model.',
  ),
  checkpoint(
    'a head that is missing',
    { tensors: (tensors) => tensors.delete('lm_head.weight') },
    '"DIR" lacks the tensor "lm_head.weight"; set "tie_word_embeddings" in config.json to true if the head is the embedding matrix.',
  ),
  checkpoint(
    'many tensors that are missing',
    { tensors: (tensors) => tensors.clear() },
    '"DIR" lacks 12 tensors: "model.embed_tokens.weight", "model.layers.0.input_layernorm.weight", "model.layers.0.self_attn.q_proj.weight" and 9 more; the download is incomplete, or config.json belongs to another model.',
  ),
  checkpoint(
    'a shape that contradicts config.json',
    { tensors: set(q, 'BF16', [2, 2]) },
    '"DIR": tensor "model.layers.0.self_attn.q_proj.weight" has the shape [2, 2], but config.json makes it [4, 4].',
  ),
  checkpoint(
    'a vocabulary that contradicts config.json',
    { tensors: set('model.embed_tokens.weight', 'BF16', [9, 4]) },
    '"DIR": tensor "model.embed_tokens.weight" has the shape [9, 4], but config.json makes it [8, 4].',
  ),
  checkpoint(
    'a norm of another rank',
    { tensors: set('model.norm.weight', 'BF16', [4, 1]) },
    '"DIR": tensor "model.norm.weight" has the shape [4, 1], but config.json makes it [4].',
  ),
  checkpoint(
    'a bias that config.json does not announce',
    { tensors: set('model.layers.0.self_attn.q_proj.bias', 'BF16', [4]) },
    '"DIR": tensor "model.layers.0.self_attn.q_proj.bias" has no place in the llama model that config.json describes.',
  ),
  checkpoint(
    'a q_norm in a Llama',
    { tensors: set('model.layers.0.self_attn.q_norm.weight', 'BF16', [2]) },
    '"DIR": tensor "model.layers.0.self_attn.q_norm.weight" has no place in the llama model that config.json describes.',
  ),
  checkpoint(
    'an adapter weight among the tensors',
    { tensors: set('model.layers.0.self_attn.q_proj.lora_A.weight', 'BF16', [1, 4]) },
    '"DIR": tensor "model.layers.0.self_attn.q_proj.lora_A.weight" has no place in the llama model that config.json describes.',
  ),
  checkpoint(
    'a layer too many',
    { tensors: set('model.layers.1.input_layernorm.weight', 'BF16', [4]) },
    '"DIR": tensor "model.layers.1.input_layernorm.weight" has no place in the llama model that config.json describes.',
  ),
  checkpoint(
    'a weight of integers',
    { tensors: set(q, 'I32', [4, 4]) },
    '"DIR": tensor "model.layers.0.self_attn.q_proj.weight" has the dtype I32; weights must be BF16, F16 or F32.',
  ),
  checkpoint(
    'a weight in float64',
    { tensors: set(q, 'F64', [4, 4]) },
    '"DIR": tensor "model.layers.0.self_attn.q_proj.weight" has the dtype F64; weights must be BF16, F16 or F32.',
  ),
  checkpoint(
    'a stored head that differs from the embeddings it is tied to',
    {
      config: { tie_word_embeddings: true },
      tensors: set('lm_head.weight', 'BF16', [8, 4]),
      fill: { 'lm_head.weight': 1 },
    },
    '"DIR" contradicts itself: config.json ties the head to the embeddings, but "lm_head.weight" differs from "model.embed_tokens.weight"; set "tie_word_embeddings" to false if the stored head is the model\'s.',
  ),
  checkpoint(
    'a stored head of another shape than the embeddings it is tied to',
    { config: { tie_word_embeddings: true }, tensors: set('lm_head.weight', 'BF16', [4, 8]) },
    '"DIR": tensor "lm_head.weight" has the shape [4, 8], but config.json makes it [8, 4].',
  ),
];
