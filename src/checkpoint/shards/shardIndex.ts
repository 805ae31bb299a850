import { InputError } from '../../errors.ts';
import { shown } from '../../files/reading/shown.ts';
import { isJsonObject, parseStrictJson } from '../../files/reading/strictJson.ts';

/** `model.safetensors.index.json`: which file holds which tensor. */
export interface ShardIndex {
  /** File names in the order of their names, each once. */
  readonly shardNames: readonly string[];
  /** Shard by tensor. */
  readonly shardOf: ReadonlyMap<string, string>;
}

/** A name without a folder or drive, in every operating system's notation. */
function isPlainName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !/[/\\:\0]/.test(name);
}

/**
 * Parses the index of a sharded checkpoint.
 *
 * @param path the file's path, for messages
 * @throws InputError when it is malformed or names a file that is not a `.safetensors` file of the same folder
 */
export function parseShardIndex(text: string, path: string): ShardIndex {
  const json = parseStrictJson(text, `"${path}"`);
  const { weight_map: weightMap } = isJsonObject(json) ? json : {};
  if (!isJsonObject(weightMap)) throw new InputError(`"${path}" lacks the object "weight_map".`);
  const shardOf = new Map<string, string>();
  for (const [tensor, shard] of Object.entries(weightMap)) {
    if (typeof shard !== 'string') {
      throw new InputError(`"${path}": "weight_map" gives no file name for tensor ${shown(tensor)}.`);
    }
    if (!isPlainName(shard)) {
      throw new InputError(
        `"${path}" names the shard ${shown(shard)}, which is not a plain file name; shards must lie in the checkpoint's own folder.`,
      );
    }
    if (!shard.endsWith('.safetensors')) {
      throw new InputError(`"${path}" names the shard ${shown(shard)}, which is not a .safetensors file.`);
    }
    shardOf.set(tensor, shard);
  }
  if (shardOf.size === 0) throw new InputError(`"${path}": "weight_map" is empty.`);
  return { shardNames: [...new Set(shardOf.values())].sort(), shardOf };
}
