import { pointSampling } from '../../../comparison/readiness/pointSampling.ts';
import type { HeldSourceOptions } from '../../../run/readiness/engineSource.ts';
import type { SweepOptions } from '../../../run/sweep/sweepRun.ts';
import type { CommandContext } from '../command.ts';
import { graderFrom } from './graderOptions.ts';
import { promptFilesFrom, type SamplingOptions } from './samplingOptions.ts';

/* What `rejuvenate sweep` samples at every point, out of its options. */

/** @throws InputError for prompts or a grader that cannot be used */
export async function sweepSampling(
  options: SamplingOptions,
  rendering: HeldSourceOptions,
  context: CommandContext,
): Promise<SweepOptions['sampling']> {
  const prompts = promptFilesFrom(options);
  const grader = graderFrom(options);
  if (prompts === undefined) return undefined;
  const { samples, temperature, evalTemperature, topP, maxTokens, seed, correctAbove } = options;
  const how = { samples, temperature, evalTemperature, topP, maxTokens, seed };
  return pointSampling({ prompts, grader, correctAbove, ...how }, rendering, context);
}
