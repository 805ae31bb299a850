import { checkSampling } from '../../../comparison/readiness/readinessOptions.ts';
import { readSampledPrompts } from '../../../comparison/readiness/sampledRows.ts';
import { shownCount } from '../../../files/reading/shown.ts';
import { answersAt, temperaturesOf } from '../../../readiness/temperatures.ts';
import type { HeldSourceOptions } from '../../../run/readiness/engineSource.ts';
import {
  type PointSampling,
  pointSampler,
  pointsByEngine,
  samplingFingerprint,
} from '../../../run/sweep/samplePoint.ts';
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
  const files = promptFilesFrom(options);
  const grader = graderFrom(options);
  if (files === undefined) return undefined;
  const { samples, temperature, evalTemperature, topP, maxTokens, seed, correctAbove } = options;
  const how = { samples, temperature, evalTemperature, topP, maxTokens, seed };
  checkSampling(how);
  const { prompts, files: read } = await readSampledPrompts({ prompts: files, seed, grader, correctAbove }, context);
  const [, other] = temperaturesOf(how);
  const again = other === undefined ? '' : `, and ${answersAt(other, how)} at ${other}`;
  context.onEvent({
    type: 'note',
    text: `At every point ${shownCount(answersAt(temperature, how), 'answer')} to each of ${shownCount(prompts.length, 'prompt')} at temperature ${temperature}${again}.`,
  });
  const sampling: PointSampling = {
    prompts,
    ...how,
    stop: [],
    grader,
    correctAbove,
    open: pointsByEngine(rendering, context),
  };
  const { chatTemplate } = rendering;
  return {
    sample: pointSampler(sampling),
    fingerprint: { ...samplingFingerprint(sampling), rendering },
    files: [...read.map(({ path }) => path), ...(chatTemplate === '' ? [] : [chatTemplate])],
  };
}
