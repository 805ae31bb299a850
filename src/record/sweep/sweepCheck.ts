import { RecordFault } from '../recordFault.ts';
import { pointKey } from './pointName.ts';
import type { MeasuredPoint, SweepRecord } from './sweepRecord.ts';

/* Checks that what a sweep record says in several places fits together. */

type Measures = Pick<MeasuredPoint, 'all' | 'targets' | 'heldOut'>;

function checkRows(place: string, { all, targets, heldOut }: Measures, first: Measures): void {
  const same =
    all.rows === first.all.rows &&
    targets.rows === first.targets.rows &&
    heldOut?.rows === first.heldOut?.rows &&
    targets.rows <= all.rows &&
    (heldOut?.rows ?? 0) <= all.rows;
  if (!same) throw new RecordFault(`${place} counts other rows than the first point`);
}

function checkPoint(place: string, point: MeasuredPoint, { anchors, run }: SweepRecord): void {
  const { rho, selection, seed, anchor, neurons, neuronRatio, sampled } = point;
  if ((selection === 'random') !== (seed !== null))
    throw new RecordFault(`${place}: random neurons, and they alone, have a seed`);
  if ((selection === 'none') !== (rho === 0)) throw new RecordFault(`${place}: rho 0, and it alone, selects none`);
  if (selection === 'none' && neurons > 0) throw new RecordFault(`${place} resets neurons at rho 0`);
  if (anchor !== null && anchor >= anchors.length) throw new RecordFault(`${place} names an anchor that is not listed`);
  if (neurons > run.neurons) throw new RecordFault(`${place} resets more neurons than there are`);
  if (Math.abs(neuronRatio - neurons / run.neurons) > 1e-9) {
    throw new RecordFault(`${place}: neuronRatio is not neurons over the model's`);
  }
  if (sampled !== null && sampled.k > sampled.samples) {
    throw new RecordFault(`${place}: Pass@${sampled.k} cannot come of ${sampled.samples} samples a prompt`);
  }
}

/** @throws RecordFault saying what does not fit */
export function checkSweep(record: SweepRecord): void {
  const keys = new Set<string>();
  const first = record.points[0]!;
  for (const [index, point] of record.points.entries()) {
    const place = `points.${index}`;
    checkPoint(place, point, record);
    checkRows(place, point, first);
    const key = pointKey(point);
    if (keys.has(key)) throw new RecordFault(`${place} is there twice`);
    keys.add(key);
  }
  for (const [index, reference] of record.references.entries()) checkRows(`references.${index}`, reference, first);
}
