import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from '../errors.ts';
import { errorCode, readFault } from '../files/reading/fileFault.ts';
import { type InputKind, inputKinds } from '../files/reading/inputKind.ts';
import { identifyInput } from '../files/reading/openInput.ts';
import { shown } from '../files/reading/shown.ts';
import { readTextFile } from '../files/reading/textFile.ts';
import type { Architecture } from './architecture/architecture.ts';
import { parseConfig } from './architecture/config.ts';
import { embeddingName, headBiasName, headName } from './architecture/tensorNames.ts';
import { textName } from './architecture/textPart.ts';
import { byteRange } from './byteRange.ts';
import type { Checkpoint, CheckpointFile, Shard, TensorEntry } from './checkpoint.ts';
import { type CheckpointFolder, checkpointFolder } from './checkpointFolder.ts';
import { equalBytes } from './equalBytes.ts';
import { checkNotEmptied, checkShardsThere, missingRemedy } from './folder/incompleteWeights.ts';
import { readSafetensorsHeader } from './safetensors/safetensorsFile.ts';
import { modelLimits } from './safetensors/safetensorsHeader.ts';
import { parseShardIndex, type ShardIndex } from './shards/shardIndex.ts';
import { indexName, singleName } from './shards/weightNames.ts';
import { withExpertsApart } from './stackedExperts.ts';
import { checkTensors } from './tensorCheck.ts';
import { wrapperPrefix } from './wrapperPrefix.ts';

/* Opens a checkpoint folder and checks it; its weights stay on the disk. */

async function shardPath({ folder }: CheckpointFolder, name: string): Promise<string> {
  const path = join(folder, name);
  try {
    return await realpath(path);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw readFault(error, path);
    throw new InputError(`The shard "${path}" is a link to nothing; ${missingRemedy(folder)}`, { cause: error });
  }
}

/** Reads the headers of all shards, in turn. */
async function readShards(place: CheckpointFolder, names: readonly string[], { textOf }: Architecture) {
  const shards: Shard[] = [];
  const tensors = new Map<string, TensorEntry>();
  for (const [shard, name] of names.entries()) {
    const path = await shardPath(place, name);
    // By the link's name, which is the one to show.
    const header = await readSafetensorsHeader(join(place.folder, name), modelLimits);
    const { fileBytes, dataStart, identity } = header;
    shards.push({ name, path, byteLength: fileBytes, dataStart, identity });
    for (const { name: tensor, dtype, shape, begin, end } of header.tensors) {
      const other = tensors.get(tensor);
      if (other !== undefined) {
        throw new InputError(
          `"${place.folder}": tensor ${shown(tensor)} is stored twice, in ${shown(names[other.shard])} and in ${shown(name)}.`,
        );
      }
      const entry = { name: tensor, dtype, shape, shard, begin: header.dataStart + begin, byteLength: end - begin };
      tensors.set(tensor, entry);
    }
  }
  const own = unwrapped(tensors);
  return { shards, ...own, tensors: textOf === undefined ? own.tensors : textTensors(own) };
}

/** Tensors by the names that the model gives them, without what a wrapper put before. */
function unwrapped(tensors: ReadonlyMap<string, TensorEntry>) {
  const prefix = wrapperPrefix(tensors.keys());
  if (prefix === '') return { tensors, prefix };
  const own = [...tensors.values()].map((entry) => ({ ...entry, name: entry.name.slice(prefix.length) }));
  return { tensors: new Map(own.map((entry) => [entry.name, entry])), prefix };
}

/** Tensors of a model that is more than text, by the names that its text part gives them. */
function textTensors({ tensors, prefix }: ReturnType<typeof unwrapped>): ReadonlyMap<string, TensorEntry> {
  const own = [...tensors.values()].map((entry): TensorEntry => {
    const name = textName(entry.name);
    return name === entry.name ? entry : { ...entry, name, stored: prefix + entry.name };
  });
  return new Map(own.map((entry) => [entry.name, entry]));
}

/** The files that are read of a checkpoint besides its shards. */
async function filesBeside({ folder, names, layout }: CheckpointFolder): Promise<CheckpointFile[]> {
  const wanted: readonly (readonly [string, InputKind])[] = [
    ['config.json', inputKinds.config],
    ...(names.has('tokenizer.json') ? ([['tokenizer.json', inputKinds.tokenizer]] as const) : []),
    ...(layout === 'sharded' ? ([[indexName, inputKinds.shardIndex]] as const) : []),
    ...(names.has('tokenizer_config.json') ? ([['tokenizer_config.json', inputKinds.tokenizerConfig]] as const) : []),
  ];
  const files: CheckpointFile[] = [];
  for (const [name, kind] of wanted) {
    const path = join(folder, name);
    files.push({ name, path, identity: await identifyInput(path, kind) });
  }
  return files;
}

/** Checks that index and shards tell the same. A tied head is stored, listed, both or neither. */
function checkIndex(
  index: ShardIndex,
  { shards, tensors, prefix }: Awaited<ReturnType<typeof readShards>>,
  { tiedEmbeddings, textOf }: Architecture,
  path: string,
) {
  const listed = new Map(
    [...index.shardOf].map(([name, shard]) => {
      const own = name.startsWith(prefix) ? name.slice(prefix.length) : name;
      return [textOf === undefined ? own : textName(own), shard];
    }),
  );
  const isTiedHead = (name: string) => tiedEmbeddings && name === headName;
  for (const [name, shard] of listed) {
    const entry = tensors.get(name);
    if (entry === undefined) {
      if (isTiedHead(name)) continue;
      throw new InputError(`"${path}" places tensor ${shown(name)} in ${shown(shard)}, but it is in no shard.`);
    }
    const actual = shards[entry.shard]!.name;
    if (actual !== shard) {
      throw new InputError(`"${path}" places tensor ${shown(name)} in ${shown(shard)}, but it is in ${shown(actual)}.`);
    }
  }
  for (const { name, shard } of tensors.values()) {
    if (!listed.has(name) && !isTiedHead(name)) {
      throw new InputError(`"${path}" does not list tensor ${shown(name)}, which is in ${shown(shards[shard]!.name)}.`);
    }
  }
}

/** A head stored although the embeddings are tied must equal them: versions of transformers differ on which they use. */
async function checkTiedHead(
  tensors: ReadonlyMap<string, TensorEntry>,
  shards: readonly Shard[],
  { tiedEmbeddings }: Architecture,
  folder: string,
): Promise<void> {
  const [head, embedding] = [tensors.get(headName), tensors.get(embeddingName)];
  if (!tiedEmbeddings || head === undefined || embedding === undefined) return;
  const equal =
    head.dtype === embedding.dtype && (await equalBytes(byteRange({ shards }, head), byteRange({ shards }, embedding)));
  if (equal) return;
  throw new InputError(
    `"${folder}" contradicts itself: config.json ties the head to the embeddings, but "${headName}" differs from ` +
      `"${embeddingName}"; set "tie_word_embeddings" to false if the stored head is the model's.`,
  );
}

/**
 * Opens a Hugging Face checkpoint: its folder, config.json, and the headers of its safetensors files. No weights are
 * read, except to compare a head that is stored although it is tied.
 *
 * @param path the folder itself; a snapshot in a Hub cache too, whose files are symlinks. What users name otherwise is found
 *   by locateCheckpoint
 * @throws InputError naming the file, field or tensor that is missing, damaged, contradictory or not supported
 */
export async function openCheckpoint(path: string): Promise<Checkpoint> {
  const place = await checkpointFolder(path);
  const { folder, names } = place;
  const configPath = join(folder, 'config.json');
  const pathOf = (name: string) => (names.has(name) ? join(folder, name) : undefined);
  // Before anything of them is read: whoever finds the same ones later knows that they were read in between.
  const besides = await filesBeside(place);
  const configured = parseConfig(await readTextFile(configPath, inputKinds.config), configPath);
  const indexPath = join(folder, indexName);
  const index =
    place.layout === 'sharded'
      ? parseShardIndex(await readTextFile(indexPath, inputKinds.shardIndex), indexPath)
      : undefined;
  if (index !== undefined) await checkShardsThere(place, index.shardNames);
  const read = await readShards(place, index?.shardNames ?? [singleName], configured);
  const { shards, prefix } = read;
  checkNotEmptied(place, read.tensors.values());
  if (index !== undefined) checkIndex(index, read, configured, indexPath);
  const tensors = withExpertsApart(read.tensors, configured, folder);
  const architecture = { ...configured, headBias: tensors.has(headBiasName) };
  checkTensors(tensors, architecture, folder);
  await checkTiedHead(tensors, shards, architecture, folder);
  return {
    folder,
    architecture,
    shards,
    tensors,
    prefix,
    indexName: index === undefined ? undefined : indexName,
    tokenizerPath: pathOf('tokenizer.json'),
    tokenizerConfigPath: pathOf('tokenizer_config.json'),
    files: [...shards.map(({ name, identity }) => ({ name, path: join(folder, name), identity })), ...besides],
  };
}
