import type { ParsedRecipe } from '../../../recipe/parsedRecipe.ts';
import { parseRecipe } from '../../../recipe/parseRecipe.ts';
import type { RecipeTable } from '../../../recipe/recipeTable.ts';
import type { CommandContext } from '../command.ts';
import { commitCommand } from '../commitCommand.ts';
import { readinessCommand } from '../readinessCommand.ts';
import { attributeCommand, runCommand } from '../runCommand.ts';
import { sweepCommand } from '../sweepCommand.ts';
import { type RecipeCommands, recipeTable } from './commandKeys.ts';
import { type RunRecipe, recipeRunner } from './runRecipe.ts';

/* Recipes by the commands that there are. */

function makeCommands(context: CommandContext): RecipeCommands {
  return {
    run: runCommand(context, runRecipe),
    attribute: attributeCommand(context),
    commit: commitCommand(context),
    sweep: sweepCommand(context),
    readiness: readinessCommand(context),
  };
}

/** Runs a recipe, as `rejuvenate run RECIPE` does. */
export const runRecipe: RunRecipe = recipeRunner(makeCommands);

/** All that a recipe may say. */
export function currentRecipeTable(): RecipeTable {
  const ignore = () => undefined;
  const startEngine = () => Promise.reject(new Error('only the options are looked at'));
  const { signal } = new AbortController();
  return recipeTable(makeCommands({ print: ignore, say: ignore, onEvent: ignore, startEngine, signal }));
}

/** Reads a recipe's text, with what is wrong in it. */
export function parseCurrentRecipe(text: string): ParsedRecipe {
  return parseRecipe(text, currentRecipeTable());
}

/**
 * Runs a recipe that nobody gave options besides, as VS Code does.
 *
 * @param path absolute
 * @returns its record, and the sentence on what `readiness` found not ready
 * @throws as the commands that it comes to
 */
export async function runRecipeFile(
  path: string,
  context: CommandContext,
): Promise<{ readonly record: string; readonly notReady: string | undefined }> {
  const { record, notReady } = await runRecipe(path, new Map(), context);
  return { record, notReady: notReady?.message };
}
