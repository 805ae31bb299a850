import { readdir, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { Checkpoint, CheckpointFile as SideFile } from '../checkpoint/checkpoint.ts';
import { readFault } from '../files/reading/fileFault.ts';
import { inputKinds } from '../files/reading/inputKind.ts';
import { identifyInput } from '../files/reading/openInput.ts';

/**
 * Files of a checkpoint, besides its weights, that go into a checkpoint made from it: what loading and serving read,
 * and what its licence asks to keep. Everything else stays behind: other weights, optimizer states, pickles, code, logs.
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

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    throw readFault(error, path);
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    throw readFault(error, folder);
  }
}

/**
 * The files to copy, the weights' index included; names are relative to the checkpoint's folder.
 *
 * @throws InputError when the folder cannot be read, a link leads nowhere, or one is no regular file or too large
 */
export async function sideFiles({ folder, indexName }: Pick<Checkpoint, 'folder' | 'indexName'>): Promise<SideFile[]> {
  const names = await namesIn(folder);
  const wanted = names.filter((name) => name === indexName || copied.some((pattern) => pattern.test(name)));
  if (names.includes(templatesFolder)) {
    const templates = await namesIn(join(folder, templatesFolder));
    wanted.push(
      ...templates.filter((name) => name.endsWith('.jinja')).map((name) => `${templatesFolder}${sep}${name}`),
    );
  }
  const files: SideFile[] = [];
  for (const name of wanted.sort()) {
    const path = join(folder, name);
    if (await isFolder(path)) continue;
    files.push({ name, path, identity: await identifyInput(path, inputKinds.sideFile) });
  }
  return files;
}
