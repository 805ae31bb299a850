/*
 * What a recipe may say: every key with what its values are. The table is made from the options of the command line
 * (cli/commands/recipe/commandKeys.ts), so that a recipe knows exactly what the commands know; the JSON Schema, the checks
 * and what VS Code completes all go by it.
 */

/** What one value is. `samples`: a count or `all`; `memory`: a size such as 4GB. */
export type ValueKind = 'flag' | 'number' | 'whole' | 'count' | 'samples' | 'memory' | 'text';

/** A key of a recipe: an option of the command line, by its long name. */
export interface RecipeKey {
  /** `rho-max` for `--rho-max`. */
  readonly name: string;
  readonly description: string;
  readonly kind: ValueKind;
  /** The only values there are; empty: any of the kind. */
  readonly choices: readonly string[];
  /** Values that an editor offers, where others may be written too. */
  readonly offered?: readonly string[];
  /** Whether several values may be given: each as an option of its own, or in one with commas between them. */
  readonly several: 'no' | 'again' | 'commas';
  /** What holds where the key is left out, in words; empty: nothing. */
  readonly usual: string;
  /** A place on the disk, by the recipe's folder where it is relative; a checkpoint may have a name of the Hub instead. */
  readonly path?: 'input' | 'checkpoint' | 'output';
  readonly required: boolean;
  /** What is wrong with a value of the right kind, as a sentence; undefined: nothing. */
  fault(word: string): string | undefined;
}

/** What a key is, and what holds without it. */
export function keyWords({ description, usual }: RecipeKey): string {
  return usual === '' ? description : `${description}. Left out: ${usual}.`;
}

/** A part of a recipe that is a command of its own: `sweep`, say. */
export interface RecipeSection {
  readonly name: string;
  readonly description: string;
  /** A list of mappings rather than one. */
  readonly list: boolean;
  readonly keys: readonly RecipeKey[];
}

export interface RecipeTable {
  /** What stands at the top: the run itself. */
  readonly keys: readonly RecipeKey[];
  readonly sections: readonly RecipeSection[];
  /** Names of the options that each command has, whatever part of a recipe they stand in. */
  readonly commands: ReadonlyMap<string, ReadonlySet<string>>;
}

/** The key that says how a recipe is to be read, and its only value so far. */
export const versionKey = 'recipe';
export const recipeVersion = 1;

/** Names by which recipes are known to VS Code, as patterns of file names. */
export const recipePatterns = ['*.rejuvenation.yaml', '*.rejuvenation.yml', 'rejuvenation-recipe.yaml'] as const;

/** Name of the recipe inside a committed checkpoint. */
export const checkpointRecipeName = 'rejuvenation-recipe.yaml';
