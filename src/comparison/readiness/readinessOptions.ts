import { InputError } from '../../errors.ts';
import type { GraderChoice } from '../../readiness/graders/namedGrader.ts';
import type { Prompt } from '../../readiness/prompts/prompt.ts';
import { type Condition, measureKinds, measureLabel } from '../../readiness/verdict/conditions.ts';
import { mostSamples } from '../../record/readiness/readinessRecord.ts';
import type { PromptRendering } from '../../run/readiness/engineSource.ts';
import type { OpenRolloutSource } from '../../run/readiness/rolloutSource.ts';
import type { WeightStorage } from '../../settings/weightStorage.ts';
import type { OutputOptions } from '../outputs/measureOutputs.ts';

/* What a readiness run is told, and whether its parts can be had together. */

/** Where prompts come from. */
export type PromptSource =
  | {
      readonly kind: 'files';
      /** Files, patterns, or folders of data sets. */
      readonly paths: readonly string[];
      /** How many to draw; 0: all. */
      readonly draw: number;
      readonly promptField: string;
      readonly answerField: string;
      readonly asChat: boolean;
      /** Of those that were read the ones with answers, numbered anew; left out: all. @throws InputError where none has */
      readonly answered?: ((prompts: readonly Prompt[]) => readonly Prompt[]) | undefined;
    }
  /** Of files that hold prompts and rollouts: read by the source. */
  | {
      readonly kind: 'given';
      readonly prompts: readonly Prompt[];
      readonly files: readonly string[];
      readonly reading: string;
    };

export interface SamplingPlan {
  readonly prompts: PromptSource;
  readonly open: OpenRolloutSource;
  readonly samples: number;
  /** That of RL's rollouts; conditions are held against it. */
  readonly temperature: number;
  /** Sampled at too, for what evaluations see. */
  readonly evalTemperature: number | undefined;
  readonly topP: number;
  readonly maxTokens: number;
  readonly stop: readonly string[];
  readonly seed: number;
  /** Undefined: rewards where the source gives them, else `boxed`. */
  readonly grader: GraderChoice | undefined;
  readonly correctAbove: number | undefined;
  readonly groupSizes: readonly number[];
}

/** Lines to teacher-force on; `calibration` of each is files, patterns, or folders. */
export interface LinesPlan {
  readonly training: readonly string[];
  readonly heldOut: readonly string[];
  /** How both are read and run. */
  readonly reading: Omit<OutputOptions, 'calibration'>;
}

/** Partials that shards left, and what of the engine they were asked for with. */
export interface JoinedPartials {
  readonly partials: string;
  readonly weights: WeightStorage;
  readonly rendering: PromptRendering;
}

export interface ReadinessOptions {
  /** Paths or names on the Hub; a training run's folder stands for its steps. Of models elsewhere their names. */
  readonly checkpoints: readonly string[];
  readonly base: string | undefined;
  /** The checkpoints do not lie here: a server or a file has their answers. */
  readonly elsewhere: boolean;
  readonly lines: LinesPlan | undefined;
  readonly sampling: SamplingPlan | undefined;
  readonly conditions: readonly Condition[];
  /** Where the record goes; without it nothing is written. */
  readonly out: string | undefined;
  readonly overwrite: boolean;
  /** What shards measured and sampled, which is read in the place of an engine. */
  readonly joined?: JoinedPartials | undefined;
}

/** Sizes of groups that are counted: those asked for, and those that conditions name. */
export function groupSizesOf({ sampling, conditions }: ReadinessOptions): number[] {
  const named = conditions.flatMap(({ measure, count }) => (measure === 'dead@' ? [count] : []));
  return [...new Set([...(sampling?.groupSizes ?? []), ...named])].sort((a, b) => a - b);
}

/** @throws InputError naming the first option that is out of range */
export function checkSampling({
  samples,
  temperature,
  evalTemperature,
  topP,
  maxTokens,
}: Pick<SamplingPlan, 'samples' | 'temperature' | 'evalTemperature' | 'topP' | 'maxTokens'>): void {
  if (samples < 1 || samples > mostSamples) {
    throw new InputError(`samples is ${samples}, but must lie between 1 and ${mostSamples}.`);
  }
  for (const each of [temperature, evalTemperature ?? 0]) {
    if (!(each >= 0 && each <= 100))
      throw new InputError(`The temperature is ${each}, but must lie between 0 and 100.`);
  }
  if (!(topP > 0 && topP <= 1)) throw new InputError(`top-p is ${topP}, but must lie above 0 and up to 1.`);
  if (maxTokens < 1) throw new InputError('max-tokens must be at least 1.');
}

function checkGroupSizes({ groupSizes }: SamplingPlan): void {
  const size = groupSizes.find((group) => group < 2 || group > mostSamples);
  if (size !== undefined)
    throw new InputError(`A group has ${size} answers, but must have between 2 and ${mostSamples}.`);
}

function whyNot({ measure, count }: Condition, { sampling, lines, base }: ReadinessOptions): string | undefined {
  const { basis } = measureKinds[measure];
  if (basis === 'sampled' && sampling === undefined) return 'needs answers to prompts: give --prompts';
  if ((basis === 'training' || basis === 'both') && !lines?.training.length)
    return 'needs training lines: give --calibration';
  if ((basis === 'held-out' || basis === 'both') && !lines?.heldOut.length)
    return 'needs held-out lines: give --held-out';
  if (measure === 'lost' && base === undefined) return 'needs a base: give --base';
  if (measure === 'dead@' && sampling!.temperature === 0)
    return 'needs answers that differ: give a --temperature above 0';
  if (measure !== 'pass@' || count <= sampling!.samples) return undefined;
  return `needs ${count} answers a prompt, and ${sampling!.samples} are sampled: give --samples ${count}`;
}

/** @throws InputError when the parts cannot be had together, before any work */
export function checkReadinessOptions(options: ReadinessOptions): void {
  const { sampling, lines, conditions, elsewhere } = options;
  if (options.checkpoints.length === 0) throw new InputError('No checkpoint was given.');
  if (sampling === undefined && lines === undefined) {
    throw new InputError(
      'There is nothing to measure: give --prompts to sample on, --calibration to teacher-force on, or both.',
    );
  }
  if (elsewhere && lines !== undefined) {
    throw new InputError(
      'Teacher-forced figures need the checkpoints themselves: leave --calibration and --held-out out, or give their folders.',
    );
  }
  if (sampling !== undefined) {
    checkSampling(sampling);
    checkGroupSizes(sampling);
  }
  for (const condition of conditions) {
    const reason = whyNot(condition, options);
    if (reason !== undefined) throw new InputError(`The condition on ${measureLabel(condition)} ${reason}.`);
  }
}
