import { Command } from 'commander';
import { checkReadinessOptions } from '../../../comparison/readiness/readinessOptions.ts';
import { readSampledPrompts } from '../../../comparison/readiness/sampledRows.ts';
import { InputError } from '../../../errors.ts';
import { readinessPaths } from '../../../record/readiness/readinessPaths.ts';
import { sweepPaths } from '../../../record/sweep/sweepFile.ts';
import type { CommandContext } from '../command.ts';
import { type RenderingOptions, withRenderingOptions } from '../options/calibrationOptions.ts';
import { type ReadinessCommandOptions, readinessAsked } from '../readinessCommand.ts';
import { withGraderOptions } from '../sampling/graderOptions.ts';
import { type SamplingOptions, withSamplingOptions } from '../sampling/samplingOptions.ts';
import { sweepSampling } from '../sampling/sweepSampling.ts';
import type { RecipeStep } from './recipeSteps.ts';

/* Checks what a recipe's sweep and readiness ask for, as these commands do when they begin, with nothing measured yet. */

/** Keys of a sweep that are for sampled answers. */
function namesOfSampling(): ReadonlySet<string> {
  const { options } = withRenderingOptions(withGraderOptions(withSamplingOptions(new Command())));
  return new Set(['eval-temperature', ...options.map((option) => option.name())]);
}

const quiet = (context: CommandContext): CommandContext => ({ ...context, onEvent: () => undefined });

/** @throws InputError for prompts or a grader that cannot be used, or a key that would do nothing */
export async function checkSweepSampling(
  { values }: RecipeStep,
  options: SamplingOptions & RenderingOptions & { readonly out?: string; readonly figure?: string },
  context: CommandContext,
): Promise<void> {
  const { out, figure, prompts, chatTemplate, templateArg: templateArgs, specialTokens } = options;
  if (out !== undefined) sweepPaths(out);
  if (figure !== undefined && !figure.endsWith('.svg')) {
    throw new InputError(`figure is "${figure}", but must be named NAME.svg.`);
  }
  const ofSampling = namesOfSampling();
  const idle = prompts === undefined ? [...values.keys()].find((name) => ofSampling.has(name)) : undefined;
  if (idle !== undefined) throw new InputError(`${idle} is for answers that are sampled: give prompts too.`);
  await sweepSampling(options, { chatTemplate, templateArgs, specialTokens, weights: 'auto' }, quiet(context));
}

/** @throws InputError for what cannot be measured, or prompts that cannot be read */
export async function checkReadiness(
  checkpoints: readonly string[],
  options: ReadinessCommandOptions,
  context: CommandContext,
): Promise<void> {
  if (options.out !== undefined) readinessPaths(options.out);
  const asked = await readinessAsked(checkpoints, options, quiet(context));
  checkReadinessOptions(asked);
  if (asked.sampling !== undefined) await readSampledPrompts(asked.sampling, quiet(context));
}
