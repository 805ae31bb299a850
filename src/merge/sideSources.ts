import { join } from 'node:path';
import type { Adapter } from '../checkpoint/adapter/adapter.ts';
import type { Checkpoint, CheckpointFile } from '../checkpoint/checkpoint.ts';
import { sideFiles } from '../commit/sideFiles.ts';
import { inputKinds } from '../files/reading/inputKind.ts';
import { isJsonObject } from '../files/reading/strictJson.ts';
import { readTextFile } from '../files/reading/textFile.ts';

/* Which files besides the weights a merged checkpoint takes from its adapter's folder, and which from its base. */

const template = /^chat_template(\.(jinja|json)$|s[/\\])/;
const shared = /^(config|generation_config)\.json$|^(LICEN[SC]E|NOTICE|USE_POLICY)(\.(md|txt))?$/i;

async function hasTemplate({ folder, names }: Adapter): Promise<boolean> {
  if ([...names].some((name) => /^chat_template(\.(jinja|json)|s)$/.test(name))) return true;
  if (!names.has('tokenizer_config.json')) return false;
  const path = join(folder, 'tokenizer_config.json');
  try {
    const json: unknown = JSON.parse(await readTextFile(path, inputKinds.tokenizerConfig));
    return isJsonObject(json) && json['chat_template'] !== undefined && json['chat_template'] !== null;
  } catch {
    // Whoever reads it says what is wrong.
    return false;
  }
}

/**
 * The files to copy, without `config.json`: the tokenizer's all from one folder, and the chat template from one, which is
 * the adapter's where it has its own.
 *
 * @throws InputError when a folder or file cannot be read
 */
export async function sideSources(adapter: Adapter, base: Checkpoint): Promise<CheckpointFile[]> {
  const own = await sideFiles({ folder: adapter.folder, indexName: undefined });
  const theirs = await sideFiles({ folder: base.folder, indexName: undefined });
  const [tokenizer, templates] = [adapter.names.has('tokenizer.json'), await hasTemplate(adapter)];
  const fromAdapter = (name: string) => (template.test(name) ? templates : tokenizer);
  return [
    ...theirs.filter(({ name }) => name !== 'config.json' && (shared.test(name) || !fromAdapter(name))),
    ...own.filter(({ name }) => !shared.test(name) && fromAdapter(name)),
  ];
}
