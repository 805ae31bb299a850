import { shownCount } from '../../files/reading/shown.ts';
import { answersAt, temperaturesOf } from '../../readiness/temperatures.ts';
import type { RunContext } from '../../run/progress/runContext.ts';
import type { HeldSourceOptions } from '../../run/readiness/engineSource.ts';
import { type PointSampling, pointSampler, pointsByEngine, samplingFingerprint } from '../../run/sweep/samplePoint.ts';
import type { SweepOptions } from '../../run/sweep/sweepRun.ts';
import { checkSampling, type SamplingPlan } from './readinessOptions.ts';
import { readSampledPrompts } from './sampledRows.ts';

/* What a sweep samples at every point: prompts are read as readiness reads them, before the first point is measured. */

/** As of a readiness run, without what only that weighs. */
export type PointSamplingPlan = Pick<
  SamplingPlan,
  'prompts' | 'samples' | 'temperature' | 'evalTemperature' | 'topP' | 'maxTokens' | 'seed' | 'grader' | 'correctAbove'
>;

/**
 * @param rendering how prompts become tokens, and weights are held
 * @throws InputError for prompts, a grader or numbers that cannot be used
 */
export async function pointSampling(
  { prompts: source, grader, correctAbove, ...how }: PointSamplingPlan,
  rendering: HeldSourceOptions,
  context: Pick<RunContext, 'onEvent' | 'signal'>,
): Promise<NonNullable<SweepOptions['sampling']>> {
  checkSampling(how);
  const { seed, temperature } = how;
  const { prompts, files } = await readSampledPrompts({ prompts: source, seed, grader, correctAbove }, context);
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
    files: [...files.map(({ path }) => path), ...(chatTemplate === '' ? [] : [chatTemplate])],
  };
}
