import { type FiledRollouts, filedRollouts } from '../../comparison/readiness/filedRollouts.ts';
import { measureReadiness, type Readiness } from '../../comparison/readiness/measureReadiness.ts';
import type { LinesPlan, ReadinessOptions, SamplingPlan } from '../../comparison/readiness/readinessOptions.ts';
import { shownCount } from '../../files/reading/shown.ts';
import type { GraderChoice } from '../../readiness/graders/namedGrader.ts';
import { answersAt, temperaturesOf } from '../../readiness/temperatures.ts';
import { type Condition, defaultConditions } from '../../readiness/verdict/conditions.ts';
import type { RunContext } from '../../run/progress/runContext.ts';
import { defaultKeyVariable } from '../../run/readiness/endpoint/apiKey.ts';
import { endpointAddress } from '../../run/readiness/endpoint/endpointAddress.ts';
import { EndpointSource, endpointDefaults } from '../../run/readiness/endpoint/endpointSource.ts';
import { type Patience, usualPatience } from '../../run/readiness/endpoint/patience.ts';
import { engineSource } from '../../run/readiness/engineSource.ts';
import type { RunSettings } from '../../settings/runSettings.ts';

/* What *Measure Readiness…* is about to do, what it may cost, and the work itself. Knows no VS Code. */

/** Where answers come from. */
export type AnswerSource =
  | { readonly kind: 'engine' }
  /** The checkpoints are names of models that the server serves. */
  | { readonly kind: 'endpoint'; readonly endpoint: string }
  /** The checkpoints are named by the files. */
  | { readonly kind: 'rollouts'; readonly files: readonly string[]; readonly baseFiles: readonly string[] | undefined };

export interface ReadinessPlan {
  readonly source: AnswerSource;
  /** A training run's folder stands for its steps. */
  readonly checkpoints: readonly string[];
  /** How many they are, the base included. */
  readonly models: number;
  readonly base: string | undefined;
  /** Files of prompts; none where rollouts bring theirs. */
  readonly prompts: readonly string[];
  /** How many the files have. */
  readonly promptCount: number;
  /** Undefined: rewards where the answers come with them, else `boxed`. */
  readonly grader: GraderChoice | undefined;
  readonly samples: number;
  readonly temperature: number;
  readonly evalTemperature: number | undefined;
  /** Longest answer, tokens. */
  readonly maxTokens: number;
  /** Prompts to draw; 0: all. */
  readonly draw: number;
  readonly promptField: string;
  readonly answerField: string;
  readonly asChat: boolean;
  readonly seed: number;
  /** Lines to teacher-force on: files, patterns or folders. */
  readonly training: readonly string[];
  readonly heldOut: readonly string[];
  readonly conditions: 'usual' | readonly Condition[];
  /** Path of the record. */
  readonly record: string;
}

export const planDefaults = {
  ...{ grader: undefined, samples: 16, temperature: 1, evalTemperature: undefined, maxTokens: 1024, draw: 0 },
  ...{ promptField: '', answerField: '', asChat: false, seed: 0, training: [], heldOut: [], conditions: 'usual' },
} as const satisfies Partial<ReadinessPlan>;

/** Of the groups of which the dead ones are predicted. */
export const groupSizes = [8, 16];

/** Prompts that are sampled. */
export function drawn({ draw, promptCount }: Pick<ReadinessPlan, 'draw' | 'promptCount'>): number {
  return draw === 0 ? promptCount : Math.min(draw, promptCount);
}

/** Answers to each prompt, at all temperatures. */
export function answersEach(plan: Pick<ReadinessPlan, 'samples' | 'temperature' | 'evalTemperature'>): number {
  return temperaturesOf(plan).reduce((sum, temperature) => sum + answersAt(temperature, plan), 0);
}

/** Such as 61.7M. */
export const shortNumber = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 1 });

/** What it comes to at most, in a line; the prompts' own tokens not counted. */
export function estimateText(plan: ReadinessPlan): string {
  const { source, models, maxTokens } = plan;
  if (source.kind === 'rollouts') return 'Nothing is sampled: the answers are in the files.';
  const each = answersEach(plan);
  const answers = models * drawn(plan) * each;
  const tokens = shortNumber.format(answers * maxTokens);
  return `${shownCount(models, 'checkpoint')} × ${shownCount(drawn(plan), 'prompt')} × ${shownCount(each, 'answer')} = ${shownCount(answers, 'answer')}, at most ${tokens} tokens`;
}

/** To which host prompts go, and with which key; undefined where they stay on this machine. */
export function destinationText(
  { source }: ReadinessPlan,
  environment: NodeJS.ProcessEnv = process.env,
): string | undefined {
  if (source.kind !== 'endpoint') return undefined;
  const { origin, open } = endpointAddress(source.endpoint);
  const key =
    (environment[defaultKeyVariable] ?? '').trim() === ''
      ? 'without an API key'
      : `with the API key in ${defaultKeyVariable}`;
  return `Prompts are sent to ${origin}, ${key}${open ? ', unencrypted' : ''}, and nowhere else.`;
}

function linesOf({ training, heldOut, seed }: ReadinessPlan, settings: RunSettings): LinesPlan | undefined {
  return training.length + heldOut.length === 0 ? undefined : { training, heldOut, reading: { ...settings, seed } };
}

/** The plan as the run takes it. @param open of its source */
export function optionsOf(
  plan: ReadinessPlan,
  settings: RunSettings,
  open: SamplingPlan['open'],
  filed?: Pick<FiledRollouts, 'prompts' | 'answered'>,
): ReadinessOptions {
  const { source, checkpoints, base, promptField, answerField, asChat, draw, record } = plan;
  const { samples, temperature, evalTemperature, maxTokens, seed, grader, conditions } = plan;
  const usual = temperature > 0 ? defaultConditions : [];
  return {
    ...{ checkpoints, base, elsewhere: source.kind !== 'engine', lines: linesOf(plan, settings) },
    sampling: {
      prompts: filed?.prompts ?? {
        ...{ kind: 'files', paths: plan.prompts, draw, promptField, answerField, asChat, answered: filed?.answered },
      },
      ...{ open, samples, temperature, evalTemperature, topP: 1, maxTokens, stop: [], seed, grader },
      ...{ correctAbove: undefined, groupSizes },
    },
    conditions: conditions === 'usual' ? usual : conditions,
    ...{ out: record, overwrite: false },
  };
}

/**
 * Measures as planned. What was sampled before it was stopped or failed is taken up by the same plan.
 *
 * @throws what `measureReadiness` throws
 */
export async function measurePlan(
  plan: ReadinessPlan,
  settings: RunSettings,
  context: RunContext,
  patience: Patience = usualPatience,
): Promise<Readiness> {
  const { source, base } = plan;
  switch (source.kind) {
    case 'engine':
      return measureReadiness(optionsOf(plan, settings, engineSource(settings, context)), context);
    case 'endpoint': {
      const { concurrency, answersPerRequest, timeoutSeconds } = endpointDefaults;
      const requests = { endpoint: source.endpoint, concurrency, answersPerRequest, timeoutSeconds };
      const onNote = (text: string) => context.onEvent({ type: 'note', text });
      return measureReadiness(
        optionsOf(plan, settings, ({ name }, signal) =>
          EndpointSource.open({ ...requests, model: name }, onNote, signal, patience),
        ),
        context,
      );
    }
    case 'rollouts': {
      const { files, baseFiles } = source;
      const [name] = plan.checkpoints;
      const filed = await filedRollouts(
        { files, baseFiles, name, baseName: base, prompted: plan.prompts.length > 0 },
        context,
      );
      const { checkpoints, samples, open } = filed;
      return measureReadiness(
        optionsOf({ ...plan, checkpoints, base: filed.base, samples }, settings, open, filed),
        context,
      );
    }
  }
}
