import { basename } from 'node:path';
import { shownCount } from '../../files/reading/shown.ts';
import { scratchFolder } from '../../files/writing/scratchFile.ts';
import type { RunRecord } from '../../record/run/runRecord.ts';
import { showDuration } from '../../run/progress/timeLeft.ts';
import { plannedPoints } from '../../run/sweep/sweepPlan.ts';
import { showBytes } from '../../settings/memorySize.ts';
import { type Control, defaultAlphas, defaultRhos, defaultSeeds } from '../../settings/sweepSettings.ts';
import type { SamplingSettings } from '../readiness/askSampling.ts';
import { answersEach, drawn, planDefaults, type ReadinessPlan, shortNumber } from '../readiness/readinessPlan.ts';

/* What *Run Sweep…* is about to measure, its defaults, and what it comes to. Knows no VS Code. */

/** Answers that are sampled at every point. */
export type SweepSampling = SamplingSettings & Pick<ReadinessPlan, 'prompts'>;

/** What a sweep is about to measure. */
export interface AskedSweep {
  readonly alphas: readonly number[];
  readonly rhos: readonly number[];
  readonly controls: readonly Control[];
  readonly seeds: number;
  /** Folders of checkpoints to fuse with and reset to, besides the base. */
  readonly anchors: readonly string[];
  /** Undefined: nothing is sampled. */
  readonly sampling: SweepSampling | undefined;
}

/** As of the command line's `--prompts` without its other options: greedy answers are what is paid. */
export function samplingDefaults(
  asked: Pick<SweepSampling, 'prompts' | 'promptCount' | 'promptField' | 'answerField'>,
): SweepSampling {
  const { grader, samples, temperature, maxTokens, draw, asChat, seed } = planDefaults;
  return { grader, samples, temperature, evalTemperature: 0, maxTokens, draw, asChat, seed, ...asked };
}

/** The command line's defaults, with the rhos that the record's ranks reach. */
export function sweepDefaults({ settings }: RunRecord): AskedSweep {
  const rhos = defaultRhos.filter((rho) => rho <= settings.rhoMax);
  return {
    ...{ alphas: defaultAlphas, rhos, controls: ['fusion'], seeds: defaultSeeds },
    ...{ anchors: [], sampling: undefined },
  };
}

/** A point is measured as SFT was, and written besides. */
const writingShare = 1.25;

const countOf = (sweep: AskedSweep) => plannedPoints({ ...sweep, anchors: sweep.anchors.length }).length;

/** Points, time at the run's own pace, and room. */
export function sweepPlanText(sweep: AskedSweep, { run, inputs }: Pick<RunRecord, 'run' | 'inputs'>): string {
  const points = countOf(sweep);
  const seconds = run.phases.find(({ phase }) => phase === 'SFT entropy')?.seconds;
  const sampled = sweep.sampling === undefined ? '' : ', answers not counted';
  const time =
    seconds === undefined ? '' : `, ${showDuration(points * seconds * writingShare)} at the pace of the run${sampled}`;
  const { sft, base } = inputs;
  const weights = (sft.adapter === undefined ? sft : base).files.filter(({ name }) => name.endsWith('.safetensors'));
  const room = showBytes(weights.reduce((sum, { bytes }) => sum + bytes, 0));
  return `${shownCount(points, 'point')}${time}. One temporary checkpoint at a time (${room}) in ${scratchFolder()}; none is left.`;
}

/** Which prompts, in few words. */
export function promptsText({ sampling }: AskedSweep): string {
  if (sampling === undefined) return 'none';
  const [first = '', ...others] = sampling.prompts;
  return `${basename(first)}${others.length === 0 ? '' : ` and ${others.length} more`}`;
}

/** What sampling comes to at most; the prompts' own tokens not counted. */
export function samplingText(sweep: AskedSweep, sampling: SweepSampling): string {
  const points = countOf(sweep);
  const [prompts, each] = [drawn(sampling), answersEach(sampling)];
  const answers = points * prompts * each;
  const tokens = shortNumber.format(answers * sampling.maxTokens);
  return `${shownCount(points, 'point')} × ${shownCount(prompts, 'prompt')} × ${shownCount(each, 'answer')} = ${shownCount(answers, 'answer')}, at most ${tokens} tokens`;
}
