import { readdir, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { InputError } from '../errors.ts';
import { errorCode, readFault } from '../files/reading/fileFault.ts';

/* Looks at what a checkpoint's folder holds before anything in it is read, and says what is missing. */

export const singleName = 'model.safetensors';
export const indexName = 'model.safetensors.index.json';

/** What a folder holds, by the names that matter. */
export interface CheckpointFolder {
  /** Absolute path, symlinks kept. */
  readonly folder: string;
  readonly names: ReadonlySet<string>;
  /** A single file goes before an index, as in transformers. */
  readonly layout: 'single' | 'sharded';
}

async function list(folder: string): Promise<ReadonlySet<string>> {
  try {
    const info = await stat(folder);
    if (!info.isDirectory())
      throw new InputError(`"${folder}" is a file; give the folder of a Hugging Face checkpoint.`);
    return new Set(await readdir(folder));
  } catch (error) {
    if (errorCode(error) === 'ENOENT') throw new InputError(`There is no folder "${folder}".`, { cause: error });
    throw readFault(error, folder);
  }
}

/** Says what a folder without safetensors weights is, if it can be told. */
function explainMissing(names: ReadonlySet<string>, folder: string): string {
  const find = (pattern: RegExp) => [...names].sort().find((name) => pattern.test(name));
  const pickle = find(/\.(bin|pt|pth|ckpt)(\.index\.json)?$/);
  const gguf = find(/\.gguf$/i);
  const other = find(/\.safetensors$/);
  if (names.has('snapshots') && names.has('blobs')) {
    return `"${folder}" is a model's entry in the Hub cache; give one of the folders in its "snapshots".`;
  }
  if (gguf !== undefined) {
    return `"${folder}" holds "${gguf}" in GGUF format, which is not supported; use the Hugging Face checkpoint it was made from.`;
  }
  if (pickle !== undefined) {
    return `"${folder}" holds its weights in "${pickle}", a pickle, which can run code when it is read; convert it to safetensors with save_pretrained first.`;
  }
  if (other !== undefined) {
    return `"${folder}" holds "${other}" but neither "${singleName}" nor "${indexName}", by which a checkpoint's weights are found.`;
  }
  return `"${folder}" holds no weights: neither "${singleName}" nor "${indexName}" is there.`;
}

/**
 * Looks at what a folder holds, before anything of it is read.
 *
 * @throws InputError when it is no full checkpoint in safetensors with config.json and tokenizer.json
 */
export async function checkpointFolder(path: string): Promise<CheckpointFolder> {
  const folder = resolve(path);
  const names = await list(folder);
  if (names.has('adapter_config.json')) {
    if (names.has(singleName) || names.has(indexName)) {
      throw new InputError(
        `"${folder}" holds an adapter (adapter_config.json) and a whole checkpoint as well: give a folder with one of them.`,
      );
    }
    throw new InputError(
      `"${folder}" holds an adapter (adapter_config.json), which is a checkpoint only together with its base: give it as the SFT checkpoint ` +
        'or, in a comparison, after its base; elsewhere merge it first (merge_and_unload in peft) and give the merged folder.',
    );
  }
  const layout = names.has(singleName) ? 'single' : names.has(indexName) ? 'sharded' : undefined;
  if (layout === undefined) throw new InputError(explainMissing(names, folder));
  if (!names.has('config.json')) throw new InputError(`"${folder}" lacks config.json.`);
  if (!names.has('tokenizer.json')) {
    throw new InputError(
      `"${folder}" lacks tokenizer.json; copy it from the base checkpoint, or write it with AutoTokenizer.from_pretrained(…).save_pretrained(…).`,
    );
  }
  return { folder, names, layout };
}
