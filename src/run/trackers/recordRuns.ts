import { basename } from 'node:path';
import { stepOf } from '../../checkpoint/folder/stepName.ts';
import type { RunRecord } from '../../record/run/runRecord.ts';
import { meansValues, secondsOf, type TrackedRun, valuesOf } from './trackedRun.ts';

/* A run record as runs: one a checkpoint that was measured, and one of what a commit at the run's alpha and rho resets. */

/** @param path of the record */
export function recordRuns(path: string, record: RunRecord): TrackedRun[] {
  const { measurements, settings, reset, run } = record;
  const { alpha, rho } = settings;
  const about = { record: basename(path), alpha, rho };
  const measured = measurements.map(({ name, folder, measured: when, all, targets, heldOut }): TrackedRun => {
    const values = valuesOf([
      ...meansValues('all', all),
      ...meansValues('targets', targets),
      ...meansValues('held_out', heldOut),
    ]);
    const point = { label: name, step: stepOf(folder) ?? 0, time: secondsOf(when), values };
    return { name, config: { ...about, folder }, points: [point] };
  });
  const values = valuesOf([
    ['reset/neuron_ratio', reset.neuronRatio],
    ['reset/neurons', reset.neurons],
    ['reset/parameter_ratio', reset.parameterRatio],
  ]);
  const point = { label: 'reset', step: 0, time: secondsOf(run.finished), values };
  return [...measured, { name: 'reset', config: about, points: [point] }];
}
