import type { Coverage } from '../statistics/coverage.ts';
import type { Estimate, SampledFigures } from '../statistics/sampledFigures.ts';
import type { TeacherForced } from '../teacherForced.ts';
import type { Condition } from './conditions.ts';

/* Holds a checkpoint's figures against conditions. */

/** What is known of one checkpoint. `null` where it was not measured. */
export interface Figures {
  readonly training: TeacherForced | null;
  readonly heldOut: TeacherForced | null;
  /** At the temperature of training. */
  readonly sampled: SampledFigures | null;
  readonly coverage: Coverage | null;
}

/** How a condition came out. */
export interface Outcome {
  /** `null`: not measured; the condition counts as not met. */
  readonly value: number | null;
  readonly met: boolean;
  /** The bound lies within the measure's interval: with other prompts it might have come out otherwise. */
  readonly close: boolean;
}

export interface Verdict {
  /** `null` without conditions. */
  readonly ready: boolean | null;
  /** One a condition, in their order. */
  readonly outcomes: readonly Outcome[];
}

type Found = Pick<Estimate, 'value'> & Partial<Estimate>;

function plain(value: number | null | undefined): Found | undefined {
  return value === null || value === undefined ? undefined : { value };
}

function found({ measure, count }: Condition, { training, heldOut, sampled, coverage }: Figures): Found | undefined {
  switch (measure) {
    case 'pass@':
      return sampled?.passAtK[count - 1];
    case 'dead@':
      return sampled?.deadGroups.find(({ group }) => group === count);
    case 'gap':
      return sampled?.gap;
    case 'lost': {
      const solved = coverage === null ? 0 : coverage.both + coverage.lost;
      return solved === 0 ? undefined : { value: coverage!.lost / solved };
    }
    case 'stop-rate':
      return plain(sampled?.stopRate);
    case 'distinct':
      return plain(sampled?.distinctAnswers);
    case 'sampled-entropy':
      return plain(sampled?.entropy);
    case 'training-entropy':
      return plain(training?.entropy);
    case 'held-out-entropy':
      return plain(heldOut?.entropy);
    case 'held-out-nll':
      return plain(heldOut?.negativeLogLikelihood);
    case 'nll-gap':
      return plain(nllGap(training, heldOut));
    case 'confident':
      return plain(heldOut?.confident);
  }
}

/** How much worse held-out lines are predicted than training lines, nats; `null` unless both were measured. */
export function nllGap(training: TeacherForced | null, heldOut: TeacherForced | null): number | null {
  if (training === null || heldOut === null) return null;
  return heldOut.negativeLogLikelihood - training.negativeLogLikelihood;
}

/** What a checkpoint's figures say to the conditions. It is ready when all are met. */
export function verdictOn(conditions: readonly Condition[], figures: Figures): Verdict {
  const outcomes = conditions.map((condition): Outcome => {
    const measured = found(condition, figures);
    if (measured === undefined) return { value: null, met: false, close: false };
    const { value, low = value, high = value } = measured;
    const met = condition.bound === 'min' ? value >= condition.value : value <= condition.value;
    return { value, met, close: low < condition.value && condition.value < high };
  });
  return { ready: conditions.length === 0 ? null : outcomes.every(({ met }) => met), outcomes };
}
