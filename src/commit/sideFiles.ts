import { readdir, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { readFault } from '../checkpoint/fileFault.ts';

/**
 * Files of a checkpoint, besides its weights, that go into a checkpoint made from it: what loading and serving read,
 * and what its licence asks to keep. Everything else stays behind: other weights, optimizer states, pickles, logs.
 */
const copied: readonly RegExp[] = [
  /^config\.json$/,
  /^generation_config\.json$/,
  /^tokenizer\.json$/,
  /^tokenizer_config\.json$/,
  /^tokenizer\.model$/,
  /^(sentencepiece\.bpe|spiece)\.model$/,
  /^vocab\.(json|txt)$/,
  /^merges\.txt$/,
  /^.+\.tiktoken$/,
  /^special_tokens_map\.json$/,
  /^added_tokens\.json$/,
  /^chat_template\.(jinja|json)$/,
  /^(LICENSE|LICENCE|NOTICE|USE_POLICY)(\.(md|txt))?$/i,
];

/** Folder of named chat templates. */
const templatesFolder = 'chat_templates';

/** Paths, relative to the checkpoint's folder, of the files to copy; the weights' index included. */
export async function sideFiles({ folder, indexName }: Checkpoint): Promise<string[]> {
  try {
    const names = await readdir(folder);
    const templates = names.includes(templatesFolder) ? await readdir(join(folder, templatesFolder)) : [];
    const wanted = [
      ...names.filter((name) => name === indexName || copied.some((pattern) => pattern.test(name))),
      ...templates.filter((name) => name.endsWith('.jinja')).map((name) => `${templatesFolder}${sep}${name}`),
    ];
    const kinds = await Promise.all(wanted.map(async (name) => (await stat(join(folder, name))).isFile()));
    return wanted.filter((_, i) => kinds[i]).sort();
  } catch (error) {
    throw readFault(error, folder);
  }
}
