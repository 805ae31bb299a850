import { type Command, CommanderError } from 'commander';
import { parseHubId } from '../../../checkpoint/folder/hubId.ts';
import { InputError } from '../../../errors.ts';
import { exists } from '../../../files/reading/exists.ts';
import { quotedPath } from '../../../files/reading/shown.ts';
import type { RecipeKey } from '../../../recipe/recipeTable.ts';
import { dataFiles } from '../../../run/files/namedFiles.ts';
import { checkApart, checkOutput } from '../../../run/files/outputPaths.ts';
import { checkAlpha, defaultSettings } from '../../../settings/runSettings.ts';
import { checkSweepValues } from '../../../settings/sweepSettings.ts';
import type { CommandContext } from '../command.ts';
import { checkReadiness, checkSweepSampling } from './checkSections.ts';
import type { RecipeCommands } from './commandKeys.ts';
import { placeIn } from './openRecipe.ts';
import type { RecipeStep } from './recipeSteps.ts';

/* Checks all steps of a recipe before the first begins: nobody should learn of a slip in the last one hours later. */

/** The place of the key that a sentence begins with, as settings' checks do: "rho is 2, but …". */
export function placeOf(message: string, path: string, { values }: RecipeStep): string {
  const [, name = ''] = /^(?:--)?([a-z][a-z-]*)\b/.exec(message) ?? [];
  const value = values.get(name);
  return value === undefined || value.line === 0 ? quotedPath(path) : placeIn(path, value);
}

/** An error of a step with the recipe's line before it, where it is about the input. */
export function placedError(error: unknown, path: string, step: RecipeStep): unknown {
  if (!(error instanceof InputError || error instanceof CommanderError)) return error;
  const message = error.message.replace(/^error: /, '');
  return new InputError(`${placeOf(message, path, step)}: ${message}`, { cause: error });
}

/** Whether something can be read at a place, or by a name; of a pattern that some file has it. */
async function isThere(word: string, kind: RecipeKey['path']): Promise<boolean> {
  if (await exists(word)) return true;
  if (kind === 'checkpoint') return parseHubId(word) !== undefined;
  const [first] = await dataFiles(word);
  return first !== undefined && exists(first);
}

/** Files and folders that a step reads are there; what an earlier step makes will be. */
async function checkInputs(path: string, { values }: RecipeStep, made: ReadonlySet<string>): Promise<void> {
  const elsewhere = values.has('endpoint') || values.has('rollouts');
  for (const value of values.values()) {
    const { key, words } = value;
    if (key.path === undefined || key.path === 'output' || (key.path === 'checkpoint' && elsewhere)) continue;
    for (const word of words) {
      if (made.has(word) || (await isThere(word, key.path))) continue;
      const place = value.line === 0 ? '' : `${placeIn(path, value)}: `;
      throw new InputError(`${place}${key.name} is ${quotedPath(word)}, which is not there.`);
    }
  }
}

/** A number among a command's options, as its values checks take it. */
function numberOf(options: Readonly<Record<string, unknown>>, name: string): number | undefined {
  const value = options[name];
  return typeof value === 'number' ? value : undefined;
}

function checkNumbers(step: RecipeStep, options: Readonly<Record<string, unknown>>, rhoMax: number): void {
  const within = (rho: number) => {
    if (!(rho >= 0 && rho <= rhoMax))
      throw new InputError(`rho is ${rho}, but must lie between 0 and the run's rho-max, ${rhoMax}.`);
  };
  if (step.command === 'commit') {
    const { alpha, rho } = { alpha: numberOf(options, 'alpha'), rho: numberOf(options, 'rho') };
    if (alpha !== undefined) checkAlpha(alpha);
    if (rho !== undefined) within(rho);
  }
  if (step.command !== 'sweep') return;
  const { alpha, rho } = options as { readonly alpha: readonly number[]; readonly rho: readonly number[] };
  checkSweepValues('alpha', alpha);
  checkSweepValues('rho', rho);
  // Its usual rhos are the command's; those above rho-max are told of there.
  if (step.values.has('rho')) for (const each of rho) within(each);
}

/** The command reads its words, and what goes by them alone is right. */
async function checkWords(step: RecipeStep, command: Command, rhoMax: number, context: CommandContext): Promise<void> {
  command.exitOverride().configureOutput({ writeErr: () => undefined });
  const { operands } = command.parseOptions([...step.words]);
  const options: Readonly<Record<string, unknown>> = command.opts();
  checkNumbers(step, options, rhoMax);
  if (step.command === 'sweep') await checkSweepSampling(step, command.opts(), context);
  if (step.command === 'readiness') await checkReadiness(operands, command.opts(), context);
}

/**
 * @param done whether a step was done before: what it made may be there
 * @throws InputError with the recipe's line, where it is of one
 */
export async function checkSteps(
  path: string,
  steps: readonly RecipeStep[],
  make: (context: CommandContext) => RecipeCommands,
  context: CommandContext,
  done: (step: RecipeStep) => Promise<boolean>,
): Promise<void> {
  const run = steps[0]!.values;
  const rhoMax = Number(run.get('rho-max')?.words.at(-1) ?? defaultSettings.rhoMax);
  const inputs: string[] = [];
  for (const name of ['base', 'sft', 'calibration']) {
    for (const word of run.get(name)?.words ?? []) if (await exists(word)) inputs.push(word);
  }
  const made = new Set(steps.flatMap(({ outputs }) => outputs.map((output) => output.path)));
  for (const step of steps) {
    try {
      await checkInputs(path, step, made);
      const before = await done(step);
      if (!before) await checkWords(step, make(context)[step.command], rhoMax, context);
      const overwrite = before || step.words.includes('--overwrite');
      for (const output of step.outputs) await checkOutput(output, inputs, overwrite);
    } catch (error) {
      const placed = error instanceof InputError && error.message.startsWith(quotedPath(path));
      throw placed ? error : placedError(error, path, step);
    }
  }
  await checkApart(steps.flatMap(({ outputs }) => outputs));
}
