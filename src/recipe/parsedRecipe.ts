import type { RecipeKey } from './recipeTable.ts';

/* A recipe as it was read, each value with its place, and what is wrong with one. */

/** Where in the text something stands. */
export interface Place {
  /** First character and the one after the last, counted in UTF-16 units from 0. */
  readonly start: number;
  readonly end: number;
  /** From 1. */
  readonly line: number;
}

/** Something wrong, in a sentence that does not name the file. */
export interface RecipeFault extends Place {
  readonly message: string;
}

/** A key's values as words of a command line: `true` or `false` of a flag. */
export interface RecipeValue extends Place {
  readonly key: RecipeKey;
  readonly words: readonly string[];
}

/** What stands in one mapping, by the keys' names. */
export interface RecipeValues extends Place {
  readonly values: ReadonlyMap<string, RecipeValue>;
}

export interface ParsedRecipe {
  readonly top: RecipeValues;
  /** By the section's name; a section that is a list has as many as it holds. */
  readonly sections: ReadonlyMap<string, readonly RecipeValues[]>;
  /** In the order of the text; what a fault is about is left out above. */
  readonly faults: readonly RecipeFault[];
}
