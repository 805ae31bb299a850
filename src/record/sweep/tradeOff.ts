import type { MeasuredPoint, SweepRecord } from './sweepRecord.ts';

/* What a point of a sweep regains, against what it pays for that, and which points no other beats. */

/** A point, or one of the references: those were never sampled by the sweep. */
export type Measures = Pick<MeasuredPoint, 'all' | 'targets' | 'heldOut'> & {
  readonly sampled?: MeasuredPoint['sampled'];
};

/** A measure of a point. */
export interface Measure {
  readonly label: string;
  readonly better: 'more' | 'less';
  /** Undefined where the point does not have it. */
  of(point: Measures): number | undefined;
}

/** Two measures that are weighed against each other. */
export interface TradeOff {
  readonly regained: Measure;
  readonly paid: Measure;
}

const targetEntropy: Measure = {
  label: 'entropy at targets (nats)',
  better: 'more',
  of: ({ targets }) => targets.entropy,
};

const heldOutLoss: Measure = {
  label: 'NLL on held-out samples (nats)',
  better: 'less',
  of: ({ heldOut }) => heldOut?.negativeLogLikelihood,
};

const loss: Measure = {
  label: 'NLL, no samples held out (nats)',
  better: 'less',
  of: ({ all }) => all.negativeLogLikelihood,
};

/** Teacher-forced: the NLL is that on held-out samples where the record holds some out. */
export function teacherForcedTradeOff({ points }: Pick<SweepRecord, 'points'>): TradeOff {
  const heldOut = points.every((point) => point.heldOut !== undefined);
  return { regained: targetEntropy, paid: heldOut ? heldOutLoss : loss };
}

/** Pass@1 at the temperature of evaluations where that was sampled, else at that of Pass@k. */
export function evaluatedPassAt1({ sampled }: Measures): number | undefined {
  return sampled?.evaluation?.passAt1 ?? sampled?.passAt1;
}

/** What {@link evaluatedPassAt1} is of points like this one. */
export function evaluatedLabel({ sampled }: Measures): string {
  const temperature = (sampled?.evaluation ?? sampled)?.temperature;
  return `Pass@1, ${temperature === 0 ? 'greedy' : `temperature ${temperature}`}`;
}

/** Sampled: undefined unless every point was, with one k. */
export function sampledTradeOff({ points }: Pick<SweepRecord, 'points'>): TradeOff | undefined {
  const k = points[0]?.sampled?.k;
  if (k === undefined || points.some(({ sampled }) => sampled?.k !== k)) return undefined;
  return {
    regained: {
      label: `Pass@${k}, temperature ${points[0]!.sampled!.temperature}`,
      better: 'more',
      of: ({ sampled }) => sampled?.passAtK,
    },
    paid: { label: `${evaluatedLabel(points[0]!)} (more is better)`, better: 'more', of: evaluatedPassAt1 },
  };
}

/**
 * The Pareto front: positions of the points of which no other is as good in both measures and better in one, by
 * descending gain.
 *
 * @param values gain (more is better) and cost (less is better) of each point
 */
export function paretoFront(values: readonly (readonly [gain: number, cost: number])[]): number[] {
  const order = [...values.keys()].sort(
    (a, b) => values[b]![0] - values[a]![0] || values[a]![1] - values[b]![1] || a - b,
  );
  const front: number[] = [];
  let least = Number.POSITIVE_INFINITY;
  let last: readonly [number, number] | undefined;
  for (const position of order) {
    const value = values[position]!;
    const same = last !== undefined && last[0] === value[0] && last[1] === value[1];
    if (!same && !(value[1] < least)) continue;
    least = value[1];
    last = value;
    front.push(position);
  }
  return front;
}

/** Positions of a sweep's points on the front of a trade-off, by descending gain. Every point must have both measures. */
export function sweepFront(
  record: Pick<SweepRecord, 'points'>,
  { regained, paid }: TradeOff = teacherForcedTradeOff(record),
): ReadonlySet<number> {
  const signed = ({ better, of }: Measure, wanted: Measure['better'], point: MeasuredPoint) =>
    (better === wanted ? 1 : -1) * of(point)!;
  return new Set(
    paretoFront(record.points.map((point) => [signed(regained, 'more', point), signed(paid, 'less', point)])),
  );
}
