import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openCheckpoint } from '../../../../src/checkpoint/openCheckpoint.ts';
import { safetensorsBytes, shardName, tinyTensors } from '../tinyCheckpoint.ts';
import { checkpoint } from './checkpointRow.ts';
import type { BadInput } from './row.ts';

const saveAgain =
  "python -c 'import sys; from transformers import AutoModelForCausalLM as M; " +
  'M.from_pretrained(sys.argv[1], torch_dtype="auto").save_pretrained(sys.argv[1])\' DIR';
const writeIndex =
  "python -c 'import glob, json, os, sys; from safetensors import safe_open; d = sys.argv[1]; " +
  'm = {k: os.path.basename(f) for f in glob.glob(glob.escape(d) + "/*.safetensors") for k in safe_open(f, "pt").keys()}; ' +
  'json.dump({"metadata": {}, "weight_map": m}, open(d + "/model.safetensors.index.json", "w"))\' DIR';

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
    `"DIR" holds its weights in "pytorch_model.bin", a pickle, which can run code when it is read; if you trust it, make safetensors of it: ${saveAgain}`,
  ),
  files(
    'sharded pickle weights',
    ['config.json', 'pytorch_model.bin.index.json'],
    `"DIR" holds its weights in "pytorch_model.bin.index.json", a pickle, which can run code when it is read; if you trust it, make safetensors of it: ${saveAgain}`,
  ),
  files(
    'a .pt file',
    ['consolidated.00.pth', 'model.pt'],
    '"DIR" holds its weights in "consolidated.00.pth", a pickle, which can run code when it is read; save the model with save_pretrained, in the program that wrote it, and give that folder.',
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
    '"DIR" holds "consolidated.safetensors" but neither "model.safetensors" nor "model.safetensors.index.json", by which a checkpoint\'s weights are found; ' +
      `if they are all of it, write the index: ${writeIndex}`,
  ),
  {
    what: 'the entry of a model in the Hub cache',
    read: async (folder) => {
      for (const name of ['blobs', 'refs', 'snapshots']) await mkdir(join(folder, name));
      return openCheckpoint(folder);
    },
    message: '"DIR" is a model\'s entry in the Hub cache; give one of the folders in its "snapshots".',
  },
  checkpoint(
    'no config.json',
    {},
    '"DIR" lacks config.json; copy it from the checkpoint that training began from.',
    (folder) => rm(join(folder, 'config.json')),
  ),
  checkpoint(
    'a symlink to nothing',
    {},
    'The shard "DIR/model.safetensors" is a link to nothing; download or copy the checkpoint again, or give another step of the run.',
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
    '"DIR" is half-written: of the 3 shards that model.safetensors.index.json lists, 1 is missing ("model-00003-of-00003.safetensors"); download or copy the checkpoint again, or give another step of the run.',
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
];
