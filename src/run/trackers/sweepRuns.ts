import { basename } from 'node:path';
import { anchorName, pointName } from '../../record/sweep/pointName.ts';
import type { MeasuredPoint, SweepRecord } from '../../record/sweep/sweepRecord.ts';
import { meansValues, secondsOf, type TrackedRun, valuesOf } from './trackedRun.ts';

/* A sweep record as runs: one a point, with its alpha, rho and selection as settings, and one for base and SFT each. */

function pointValues({ neuronRatio, all, targets, heldOut, sampled }: MeasuredPoint) {
  return valuesOf([
    ...meansValues('all', all),
    ...meansValues('targets', targets),
    ...meansValues('held_out', heldOut),
    ['reset/neuron_ratio', neuronRatio],
    ['sampled/pass_at_1', sampled?.passAt1],
    [`sampled/pass_at_${sampled?.k ?? 1}`, sampled?.passAtK],
    ['sampled/entropy', sampled?.entropy],
    ['evaluation/pass_at_1', sampled?.evaluation?.passAt1],
  ]);
}

/** @param path of the record */
export function sweepRuns(path: string, record: SweepRecord): TrackedRun[] {
  const { points, references, created, run, anchors } = record;
  const time = secondsOf(created);
  const about = { record: basename(path), run: basename(run.record) };
  const ofReferences = references.map(({ name, all, targets, heldOut }): TrackedRun => {
    const values = valuesOf([
      ...meansValues('all', all),
      ...meansValues('targets', targets),
      ...meansValues('held_out', heldOut),
    ]);
    return { name, config: about, points: [{ label: name, step: 0, time, values }] };
  });
  const ofPoints = points.map((point): TrackedRun => {
    const { alpha, rho, selection, seed, anchor } = point;
    const name = `alpha=${alpha} rho=${rho} ${pointName(point, record)}`;
    const config = {
      ...about,
      alpha,
      rho,
      selection,
      seed,
      anchor: anchor === null ? 'base' : anchorName(anchors[anchor]!),
    };
    const settings = { alpha, rho, selection, anchor: config.anchor, ...(seed !== null && { seed }) };
    return { name, config, settings, points: [{ label: name, step: 0, time, values: pointValues(point) }] };
  });
  return [...ofReferences, ...ofPoints];
}
