import { dirname, isAbsolute, relative, resolve } from 'node:path';
import type { Command } from 'commander';
import { parseHubId } from '../../../checkpoint/folder/hubId.ts';
import { InputError } from '../../../errors.ts';
import { exists } from '../../../files/reading/exists.ts';
import { shellCommand } from '../../../files/reading/shellWord.ts';
import { quotedPath } from '../../../files/reading/shown.ts';
import { writeFileWhole } from '../../../files/writing/stagedFile.ts';
import type { RecipeKey } from '../../../recipe/recipeTable.ts';
import { type RecipeMapping, type RecipeScalar, recipeText } from '../../../recipe/recipeText.ts';
import { checkOutput } from '../../../run/files/outputPaths.ts';
import { isSlurm, keysOf } from './commandKeys.ts';
import type { WrittenOptions } from './writtenOptions.ts';

/* Writes the options of a call as a recipe: what was typed, and nothing that was left out. */

/** As the recipe's folder sees it, so that both can be moved together. A name of the Hub stays one. */
async function pathFrom(folder: string, text: string, { path }: RecipeKey): Promise<string> {
  if (isAbsolute(text)) return text;
  if (path === 'checkpoint' && parseHubId(text) !== undefined && !(await exists(text).catch(() => true))) return text;
  const from = relative(folder, resolve(text)).replaceAll('\\', '/');
  return isAbsolute(from) || from === '' ? resolve(text) : from;
}

function scalar({ kind }: RecipeKey, text: string): RecipeScalar {
  const isNumber = ['number', 'whole', 'count', 'samples'].includes(kind) && Number.isFinite(Number(text));
  return isNumber ? Number(text) : text;
}

async function contentOf(keys: readonly RecipeKey[], written: WrittenOptions, folder: string): Promise<RecipeMapping> {
  const content: Record<string, RecipeMapping[string]> = {};
  for (const key of keys) {
    const texts = written.get(key.name);
    // An output that exists is replaced where the recipe is run with --overwrite, not by the recipe itself.
    if (texts === undefined || key.name === 'overwrite' || key.name === 'json') continue;
    const values: RecipeScalar[] = [];
    for (const text of texts) values.push(scalar(key, key.path ? await pathFrom(folder, text, key) : text));
    content[key.name] = key.kind === 'flag' ? true : key.several === 'no' ? values.at(-1)! : values;
  }
  return content;
}

/**
 * The recipe that does what a call would do.
 *
 * @param command whose options they are
 * @param file where the recipe will lie
 * @throws InputError for an option that no recipe has
 */
async function recipeOf(command: Command, written: WrittenOptions, file: string): Promise<string> {
  const folder = dirname(resolve(file));
  const [own, slurm] = [keysOf(command, (option) => !isSlurm(option)), keysOf(command, isSlurm)];
  const known = new Set([...own, ...slurm].map(({ name }) => name));
  for (const name of written.keys()) {
    if (known.has(name) || ['write-recipe', 'slurm', 'wait'].includes(name)) continue;
    throw new InputError(`--${name} goes with a single command, not with a recipe: leave it out.`);
  }
  const cluster = await contentOf(slurm, written, folder);
  const onCluster = written.has('slurm') || Object.keys(cluster).length > 0;
  const content = { ...(await contentOf(own, written, folder)), ...(onCluster && { slurm: cluster }) };
  return recipeText(content, ['Run with: rejuvenate run FILE. Relative paths are relative to this file.']);
}

/**
 * Writes it.
 *
 * @returns a sentence for the user
 * @throws InputError when it cannot be written
 */
export async function writeRecipe(
  command: Command,
  written: WrittenOptions,
  { file, overwrite }: { readonly file: string; readonly overwrite: boolean },
): Promise<string> {
  await checkOutput({ what: 'recipe', path: file, kind: 'file' }, [], overwrite);
  const text = await recipeOf(command, written, file);
  await writeFileWhole(file, new TextEncoder().encode(text), overwrite);
  return `Wrote ${quotedPath(file)}; nothing was run. Run it: ${shellCommand('rejuvenate', 'run', file)}`;
}
