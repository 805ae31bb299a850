import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import type { WeightDtype } from '../checkpoint/safetensors/dtype.ts';
import { inputKinds } from '../files/reading/inputKind.ts';
import { isJsonObject, parseStrictJson } from '../files/reading/strictJson.ts';
import { readTextFile } from '../files/reading/textFile.ts';
import { withField } from './changedField.ts';
import { type OutputShard, outputBytes } from './outputShards.ts';

/* Files beside the weights that have to say something else when the weights are written in another dtype. */

/** As config.json names them. */
const torchNames: Readonly<Record<WeightDtype, string>> = { BF16: 'bfloat16', F16: 'float16', F32: 'float32' };

/** transformers 4 writes `torch_dtype`, 5 `dtype`; each reads both. By it the model is loaded. */
function configText(text: string, path: string, dtype: WeightDtype): string {
  const json = parseStrictJson(text, `"${path}"`);
  const config = isJsonObject(json) ? json : {};
  const present = ['torch_dtype', 'dtype'].filter((name) => Object.hasOwn(config, name));
  const version = config['transformers_version'];
  const own = typeof version === 'string' && /^[5-9]/.test(version) ? 'dtype' : 'torch_dtype';
  return (present.length > 0 ? present : [own]).reduce(
    (changed, name) => (config[name] === torchNames[dtype] ? changed : withField(changed, [name], torchNames[dtype])),
    text,
  );
}

/** `metadata.total_size` is the size of all tensors. */
function indexText(text: string, path: string, totalBytes: number): string {
  const json = parseStrictJson(text, `"${path}"`);
  const metadata = isJsonObject(json) ? json['metadata'] : undefined;
  if (!isJsonObject(metadata) || !Object.hasOwn(metadata, 'total_size')) return text;
  return withField(text, ['metadata', 'total_size'], totalBytes);
}

/**
 * The new content of files that are not copied as they are, by name: config.json and the weights' index.
 *
 * @param dtype of all weights; undefined: nothing changes
 * @throws InputError when a file cannot be read
 */
export async function rewrittenFiles(
  sft: Pick<Checkpoint, 'files' | 'indexName'>,
  dtype: WeightDtype | undefined,
  shards: readonly OutputShard[],
): Promise<ReadonlyMap<string, string>> {
  const texts = new Map<string, string>();
  if (dtype === undefined) return texts;
  const totalBytes = shards.reduce(
    (sum, { tensors }) => sum + tensors.reduce((bytes, tensor) => bytes + outputBytes(tensor), 0),
    0,
  );
  const rewrite = async (
    name: string | undefined,
    kind: (typeof inputKinds)['config' | 'shardIndex'],
    change: (text: string, path: string) => string,
  ) => {
    const file = sft.files.find((each) => each.name === name);
    if (file === undefined) return;
    const text = await readTextFile(file.path, kind);
    const changed = change(text, file.path);
    if (changed !== text) texts.set(file.name, changed);
  };
  await rewrite('config.json', inputKinds.config, (text, path) => configText(text, path, dtype));
  await rewrite(sft.indexName, inputKinds.shardIndex, (text, path) => indexText(text, path, totalBytes));
  return texts;
}
