import { Document } from 'yaml';
import { recipeVersion, versionKey } from './recipeTable.ts';

/* Writes recipes. */

export type RecipeScalar = string | number | boolean;
/** Keys with their values, in the order in which they are written; sections are mappings, or lists of them. */
export type RecipeContent = Readonly<
  Record<string, RecipeScalar | readonly RecipeScalar[] | RecipeMapping | readonly RecipeMapping[]>
>;
type RecipeMapping = Readonly<Record<string, RecipeScalar | readonly RecipeScalar[]>>;

/**
 * A recipe as YAML. Texts are data in it: what would read as something else is quoted.
 *
 * @param comment lines that stand before it; what is in them from elsewhere must be on one line
 */
export function recipeText(content: RecipeContent, comment: readonly string[]): string {
  const document = new Document({ [versionKey]: recipeVersion, ...content });
  document.commentBefore = comment.map((line) => ` ${line}`).join('\n');
  return document.toString({ lineWidth: 0 });
}
