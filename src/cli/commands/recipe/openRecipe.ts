import { dirname, isAbsolute, join } from 'node:path';
import { parseHubId } from '../../../checkpoint/folder/hubId.ts';
import { InputError } from '../../../errors.ts';
import { exists } from '../../../files/reading/exists.ts';
import { inputKinds } from '../../../files/reading/inputKind.ts';
import { cut, quotedPath } from '../../../files/reading/shown.ts';
import { readTextFile } from '../../../files/reading/textFile.ts';
import type { ParsedRecipe, RecipeValue, RecipeValues } from '../../../recipe/parsedRecipe.ts';
import { parseRecipe } from '../../../recipe/parseRecipe.ts';
import type { RecipeTable } from '../../../recipe/recipeTable.ts';

/* Opens a recipe for a run: every path in it as the command line would be given it. */

export interface OpenRecipe extends Omit<ParsedRecipe, 'faults'> {
  readonly path: string;
}

/** The place of something in a recipe, as messages begin with it. */
export function placeIn(path: string, { line }: { readonly line: number }): string {
  return `${quotedPath(path)}, line ${line}`;
}

/**
 * A path of a recipe, from where the program runs. What is no path of the recipe's folder and reads as a model's name on the
 * Hub stays that.
 */
async function placed(word: string, folder: string, isCheckpoint: boolean): Promise<string> {
  if (isAbsolute(word) || folder === '.') return word;
  const path = join(folder, word);
  if (isCheckpoint && parseHubId(word) !== undefined && !(await exists(path).catch(() => true))) return word;
  return path;
}

/** Names of models that a server has, or of rollouts in files, are no paths. */
function isElsewhere({ values }: RecipeValues): boolean {
  return values.has('endpoint') || values.has('rollouts');
}

async function withPaths(map: RecipeValues, folder: string): Promise<RecipeValues> {
  const values = new Map<string, RecipeValue>();
  for (const [name, value] of map.values) {
    const { path } = value.key;
    if (path === undefined || (path === 'checkpoint' && isElsewhere(map))) values.set(name, value);
    else {
      const words = await Promise.all(value.words.map((word) => placed(word, folder, path === 'checkpoint')));
      values.set(name, { ...value, words });
    }
  }
  return { ...map, values };
}

/**
 * Reads a recipe.
 *
 * @throws InputError naming the line and what is wrong there, the first of all faults
 */
export async function openRecipe(path: string, table: RecipeTable): Promise<OpenRecipe> {
  const { top, sections, faults } = parseRecipe(await readTextFile(path, inputKinds.recipe), table);
  const [first, ...others] = faults;
  if (first !== undefined) {
    const more =
      others.length === 0 ? '' : ` (${others.length} more: line ${others.map(({ line }) => line).join(', ')})`;
    throw new InputError(`${placeIn(path, first)}: ${cut(first.message, 1000)}${cut(more, 100)}`);
  }
  const folder = dirname(path);
  const opened = new Map<string, readonly RecipeValues[]>();
  for (const [name, maps] of sections) opened.set(name, await Promise.all(maps.map((map) => withPaths(map, folder))));
  return { path, top: await withPaths(top, folder), sections: opened };
}
