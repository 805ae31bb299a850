import type { MeasuredPoint, SweepRecord } from './sweepRecord.ts';

/* What a point of a sweep regains, against what it pays for that, and which points no other beats. */

/** A measure of a point. */
export interface Measure {
  readonly label: string;
  /** Undefined where the point does not have it. */
  of(point: Measures): number | undefined;
}

/** A point, or one of the references: those were never sampled by the sweep. */
type Measures = Pick<MeasuredPoint, 'all' | 'targets' | 'heldOut'> & { readonly sampled?: MeasuredPoint['sampled'] };

/** What is regained: more is better. */
export const regained: Measure = {
  label: 'entropy at targets (nats)',
  of: ({ targets }) => targets.entropy,
};

/** What is paid: less is better. On held-out samples where the record holds some out. */
export function paid({ points }: Pick<SweepRecord, 'points'>): Measure {
  return points.every(({ heldOut }) => heldOut !== undefined)
    ? { label: 'NLL on held-out samples (nats)', of: ({ heldOut }) => heldOut?.negativeLogLikelihood }
    : { label: 'NLL, no samples held out (nats)', of: ({ all }) => all.negativeLogLikelihood };
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

/** Positions of a sweep's points on the front of what is regained against what is paid. */
export function sweepFront(record: Pick<SweepRecord, 'points'>): ReadonlySet<number> {
  const cost = paid(record);
  return new Set(paretoFront(record.points.map((point) => [regained.of(point)!, cost.of(point)!])));
}
