import type { MeasuredPoint } from '../../../src/record/sweep/sweepRecord.ts';
import { evaluatedLabel } from '../../../src/record/sweep/tradeOff.ts';
import { decimal, percent } from '../../page/format.ts';
import type { SweepMeasureName } from '../state/state.ts';

/* The figures of a sweep's points that its heatmap can show. */

export interface SweepMeasure {
  readonly title: string;
  /** In CSV files. */
  readonly column: string;
  readonly of: (point: MeasuredPoint) => number | null | undefined;
  readonly text: (value: number) => string;
}

const nats = (value: number) => decimal(value);

export const sweepMeasures: Readonly<Record<SweepMeasureName, SweepMeasure>> = {
  targetEntropy: {
    title: 'entropy at targets',
    column: 'entropy_targets',
    of: ({ targets }) => targets.entropy,
    text: nats,
  },
  heldOutEntropy: {
    title: 'entropy, held out',
    column: 'entropy_held_out',
    of: ({ heldOut }) => heldOut?.entropy,
    text: nats,
  },
  entropy: { title: 'entropy, all tokens', column: 'entropy_all', of: ({ all }) => all.entropy, text: nats },
  heldOutLoss: {
    title: 'NLL, held out',
    column: 'nll_held_out',
    of: ({ heldOut }) => heldOut?.negativeLogLikelihood,
    text: nats,
  },
  loss: { title: 'NLL, all tokens', column: 'nll_all', of: ({ all }) => all.negativeLogLikelihood, text: nats },
  top1: { title: 'top-1 probability', column: 'top1_all', of: ({ all }) => all.top1Probability, text: nats },
  passAt1: { title: 'Pass@1', column: 'pass_at_1', of: ({ sampled }) => sampled?.passAt1, text: nats },
  evaluatedPassAt1: {
    title: 'Pass@1, evaluation',
    column: 'eval_pass_at_1',
    of: ({ sampled }) => sampled?.evaluation?.passAt1,
    text: nats,
  },
  passAtK: { title: 'Pass@k', column: 'pass_at_k', of: ({ sampled }) => sampled?.passAtK, text: nats },
  sampledEntropy: {
    title: 'entropy, sampled',
    column: 'entropy_sampled',
    of: ({ sampled }) => sampled?.entropy,
    text: nats,
  },
  neuronRatio: { title: 'neurons reset', column: 'neuron_ratio', of: ({ neuronRatio }) => neuronRatio, text: percent },
};

/** The measure's title, with what sampled points say of it: the k, and the temperature. */
export function measureTitle(name: SweepMeasureName, points: readonly MeasuredPoint[]): string {
  const one = points.find(({ sampled }) => sampled !== null);
  if (!one?.sampled) return sweepMeasures[name].title;
  const { k, temperature } = one.sampled;
  if (name === 'passAt1' || name === 'passAtK') return `Pass@${name === 'passAt1' ? 1 : k}, temperature ${temperature}`;
  return name === 'evaluatedPassAt1' ? evaluatedLabel(one) : sweepMeasures[name].title;
}

/** The mean of a measure over points; undefined where one does not have it, or there are none. */
export function meanOf({ of }: SweepMeasure, points: readonly MeasuredPoint[]): number | undefined {
  let sum = 0;
  for (const point of points) {
    const value = of(point);
    if (value === undefined || value === null) return undefined;
    sum += value;
  }
  return points.length === 0 ? undefined : sum / points.length;
}
