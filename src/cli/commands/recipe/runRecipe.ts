import type { Command } from 'commander';
import { Interrupted } from '../../../errors.ts';
import { quotedPath } from '../../../files/reading/shown.ts';
import { usingAdapters } from '../../../run/files/adapters.ts';
import { NotReady } from '../../notReady.ts';
import { recipeDocument } from '../../output/json/jsonDocuments.ts';
import { type CommandContext, jsonText } from '../command.ts';
import { checkSteps, placedError } from './checkSteps.ts';
import { type RecipeCommands, recipeTable } from './commandKeys.ts';
import { openRecipe } from './openRecipe.ts';
import { type RecipeStep, recipeSteps } from './recipeSteps.ts';
import { StepLog } from './stepLog.ts';
import type { WrittenOptions } from './writtenOptions.ts';

/* Runs a recipe: the commands that it comes to, one after the other. */

/** New commands, each to be run once. */
export type MakeCommands = (context: CommandContext) => RecipeCommands;

const goOn = 'What was finished is kept: run the same recipe again to go on from there.';

/** What a recipe came to when all of its steps were done. */
export interface RecipeOutcome {
  readonly record: string;
  /** What ends the command line where `readiness` found a checkpoint that is not ready. */
  readonly notReady: NotReady | undefined;
}

/** What `rejuvenate run RECIPE` does. @param written the options that it was given besides */
export type RunRecipe = (path: string, written: WrittenOptions, context: CommandContext) => Promise<RecipeOutcome>;

async function runStep(command: Command, step: RecipeStep): Promise<void> {
  // Words that a command cannot read are told of here, not on standard error: no command was typed.
  command.exitOverride().configureOutput({ writeErr: () => undefined });
  await command.parseAsync([...step.words], { from: 'user' });
}

/**
 * @param make makes the commands anew
 * @returns runs a recipe; it throws as its commands do, with the recipe's line where that is known
 */
export function recipeRunner(make: MakeCommands): RunRecipe {
  return async (path, written, given) => {
    const table = recipeTable(make(given));
    const { record, steps } = recipeSteps(await openRecipe(path, table), written, table);
    const log = await StepLog.open(record);
    await checkSteps(path, steps, make, given, (step) => log.has(step));
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
        const done = await log.has(step);
        const place = `Step ${at + 1} of ${steps.length}: ${step.command} ${quotedPath(step.named)}`;
        given.onEvent({ type: 'note', text: done ? `${place} was done before and is not repeated.` : `${place}.` });
        if (done) {
          results.push({ command: step.command, result: null });
          continue;
        }
        try {
          await runStep(make({ ...given, adapters, print })[step.command], step);
        } catch (error) {
          if (error instanceof NotReady) notReady = error;
          else if (error instanceof Interrupted) throw new Interrupted(`Interrupted. ${goOn}`);
          else {
            if (at > 0) given.say(`The steps before are done. ${goOn}`);
            throw placedError(error, path, step);
          }
        }
        await log.add(step);
      }
    });
    await log.remove();
    if (json) given.print(jsonText(recipeDocument.of({ recipe: path, steps: results })));
    return { record, notReady };
  };
}
