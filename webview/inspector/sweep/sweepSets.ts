import { anchorName, pointKey, pointKeyAmong } from '../../../src/record/sweep/pointName.ts';
import type { MeasuredPoint, SweepRecord } from '../../../src/record/sweep/sweepRecord.ts';
import { isCommit } from '../state/measurements.ts';
import type { Model } from '../state/model.ts';
import type { State } from '../state/state.ts';

/* Which points the sweep tab shows: those of a sweep record, or those measured in this window; and of which kind. */

/** Points that are drawn together. */
export interface SweepSet {
  /** Of a sweep record its file's name. */
  readonly name: string;
  readonly record: Pick<SweepRecord, 'points' | 'anchors' | 'references' | 'run'>;
}

/** The points of this window, the sweep that goes on included. No file is called so. */
const windowName = 'measured in this window';

function windowSet({ measured, record, layout }: Model): SweepSet {
  const { alpha, rho } = record.settings;
  // The latest of several of one place.
  const points = new Map(measured.points.map((point) => [pointKey(point), point]));
  return {
    name: windowName,
    record: {
      points: [...points.values()],
      anchors: measured.anchors,
      references: record.measurements.slice(0, 2),
      run: { record: record.path, sha256: '', alpha, rho, neurons: layout.total },
    },
  };
}

/** All sets that have points: the points of this window where no record has them, or a sweep goes on. */
export function sweepSets(model: Model): readonly SweepSet[] {
  const { sweeps, points, anchors, job } = model.measured;
  const recorded = new Set(sweeps.flatMap(({ record }) => record.points.map((point) => pointKeyAmong(point, record))));
  const sweeping = job !== undefined && job.at === undefined;
  const own =
    points.length > 0 && (sweeping || points.some((point) => !recorded.has(pointKeyAmong(point, { anchors }))));
  return [...(own ? [windowSet(model)] : []), ...sweeps];
}

/** The set that is shown: the chosen one, what is being swept, or the one with most points. */
export function shownSet(model: Model, sets: readonly SweepSet[], { sweep }: State): SweepSet | undefined {
  const { job } = model.measured;
  if (job !== undefined && job.at === undefined && sets[0]?.name === windowName) return sets[0];
  const chosen = sets.find(({ name }) => name === sweep);
  if (chosen !== undefined) return chosen;
  return [...sets].sort((a, b) => b.record.points.length - a.record.points.length)[0];
}

/** Points that make one heatmap. */
export interface PointKind {
  readonly id: string;
  readonly title: string;
  readonly has: (point: MeasuredPoint) => boolean;
}

/** The kinds of points that a set has; the first is what commits give. */
export function kindsOf({ points, anchors }: SweepSet['record']): PointKind[] {
  const kinds: PointKind[] = [
    { id: 'attribution', title: 'attribution', has: isCommit },
    { id: 'random', title: 'random, mean of seeds', has: ({ selection }) => selection === 'random' },
    { id: 'drift', title: 'largest drift', has: ({ selection }) => selection === 'drift' },
    ...anchors.map((own, position) => ({
      id: `anchor ${position}`,
      title: `anchor ${anchorName(own)}`,
      has: ({ anchor }: MeasuredPoint) => anchor === position,
    })),
  ];
  return kinds.filter(({ has }) => points.some(has));
}
