import type { Model } from '../state/model.ts';
import type { SeriesColumn } from '../state/state.ts';

/* The points of a series of checkpoints: how to sort them, and where a measure changes most. */

/** One checkpoint of the series: how it answers the calibration, and how far it is from the reference (Table 1 of the paper). */
export interface SeriesPoint {
  readonly checkpoint: number;
  readonly name: string;
  readonly step: number | undefined;
  /** Nats; undefined where nothing was measured. */
  readonly nll: number | undefined;
  readonly entropy: number | undefined;
  readonly top1: number | undefined;
  /** `‖Δ‖ / ‖W‖` of the whole model; 0 for the reference. */
  readonly drift: number | undefined;
  /** Largest change by the root mean square of all; undefined for the reference. */
  readonly spikiness: number | undefined;
}

/** The points in the record's order, which is that of the steps. */
export function seriesPoints(model: Model): SeriesPoint[] {
  const { checkpoints, output, pairs } = model.record;
  return checkpoints.map(({ name, step }, checkpoint) => {
    const means = output?.means[checkpoint];
    const pair = pairs.findIndex((each) => each.reference === 0 && each.checkpoint === checkpoint);
    const whole = pair < 0 ? undefined : model.whole(pair);
    return {
      checkpoint,
      name,
      step,
      nll: means?.negativeLogLikelihood,
      entropy: means?.entropy,
      top1: means?.top1Probability,
      drift: checkpoint === 0 ? 0 : (whole?.relativeNorm ?? undefined),
      spikiness: whole?.spikiness ?? undefined,
    };
  });
}

/** Sorted by a column; what has no value comes last. */
export function sortedPoints(
  points: readonly SeriesPoint[],
  column: SeriesColumn,
  descending: boolean,
): readonly SeriesPoint[] {
  const value = (point: SeriesPoint) => (column === 'order' ? point.checkpoint : point[column]);
  return points.toSorted((a, b) => {
    const [one, other] = [value(a), value(b)];
    if (one === undefined || other === undefined) return Number(one === undefined) - Number(other === undefined);
    return descending ? other - one : one - other;
  });
}

/** The pair of neighbours between which a measure changes most in one direction. */
export function steepest(
  points: readonly SeriesPoint[],
  measure: 'entropy' | 'drift' | 'nll',
  direction: 1 | -1,
): { readonly from: SeriesPoint; readonly to: SeriesPoint; readonly change: number } | undefined {
  let best: { from: SeriesPoint; to: SeriesPoint; change: number } | undefined;
  for (let i = 1; i < points.length; i++) {
    const [from, to] = [points[i - 1]!, points[i]!];
    const change = (to[measure] ?? Number.NaN) - (from[measure] ?? Number.NaN);
    if (direction * change > direction * (best?.change ?? 0)) best = { from, to, change };
  }
  return best;
}
