import { type Command, CommanderError } from 'commander';
import { InputError, Interrupted } from '../../../errors.ts';
import { quotedPath } from '../../../files/reading/shown.ts';
import { usingAdapters } from '../../../run/files/adapters.ts';
import { NotReady } from '../../notReady.ts';
import { type CommandContext, jsonText } from '../command.ts';
import { type RecipeCommands, recipeTable } from './commandKeys.ts';
import { openRecipe, placeIn } from './openRecipe.ts';
import { type RecipeStep, recipeSteps } from './recipeSteps.ts';
import type { WrittenOptions } from './writtenOptions.ts';

/* Runs a recipe: the commands that it comes to, one after the other. */

/** New commands, each to be run once. */
export type MakeCommands = (context: CommandContext) => RecipeCommands;

/** What `rejuvenate run RECIPE` does. @param written the options that it was given besides */
export type RunRecipe = (path: string, written: WrittenOptions, context: CommandContext) => Promise<void>;

/** The place of the key that a sentence begins with, as settings' checks do: "rho is 2, but …". */
function placeOf(message: string, path: string, { values }: RecipeStep): string {
  const [, name = ''] = /^(?:--)?([a-z][a-z-]*)\b/.exec(message) ?? [];
  const value = values.get(name);
  return value === undefined || value.line === 0 ? quotedPath(path) : placeIn(path, value);
}

async function runStep(command: Command, step: RecipeStep): Promise<void> {
  // Words that a command cannot read are told of here, not on standard error: no command was typed.
  command.exitOverride().configureOutput({ writeErr: () => undefined });
  try {
    await command.parseAsync([...step.words], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    throw new InputError(error.message.replace(/^error: /, ''), { cause: error });
  }
}

/**
 * @param make makes the commands anew
 * @returns runs a recipe; it throws as its commands do, with the recipe's line where that is known
 */
export function recipeRunner(make: MakeCommands): RunRecipe {
  return async (path, written, given) => {
    const table = recipeTable(make(given));
    const { steps } = recipeSteps(await openRecipe(path, table), written, table);
    const json = steps[0]!.words.includes('--json');
    const results: { command: string; result: unknown }[] = [];
    let notReady: NotReady | undefined;
    // An adapter is merged once for all.
    await usingAdapters(given, async (adapters) => {
      for (const [at, step] of steps.entries()) {
        const print = (text: string) => {
          if (json) results.push({ command: step.command, result: JSON.parse(text) as unknown });
          else given.print(text);
        };
        if (steps.length > 1) {
          given.onEvent({
            type: 'note',
            text: `Step ${at + 1} of ${steps.length}: ${step.command} ${quotedPath(step.named)}.`,
          });
        }
        try {
          await runStep(make({ ...given, adapters, print })[step.command], step);
        } catch (error) {
          if (error instanceof NotReady) notReady = error;
          else if (error instanceof Interrupted) {
            throw new Interrupted(
              'Interrupted. What was finished is kept: run the same recipe again to go on from there.',
            );
          } else if (error instanceof InputError) {
            throw new InputError(`${placeOf(error.message, path, step)}: ${error.message}`, { cause: error });
          } else throw error;
        }
      }
    });
    if (json) given.print(jsonText({ recipe: path, steps: results }));
    if (notReady !== undefined) throw notReady;
  };
}
