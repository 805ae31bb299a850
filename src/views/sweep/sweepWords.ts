import type { WordOption } from '../../cluster/phases/attributeWords.ts';
import type { RunSettings } from '../../settings/runSettings.ts';
import { answerOptions } from '../readiness/readinessWords.ts';
import { engineOptions, renderingOptions } from '../slurm/slurmWords.ts';
import type { AskedSweep } from './askedSweep.ts';

/* What *Run Sweep…* is about to do, as options of `rejuvenate sweep`. Knows no VS Code. */

/** @param out path of the sweep record */
export function sweepOptions(asked: AskedSweep, settings: RunSettings, out: string): readonly WordOption[] {
  const { alphas, rhos, controls, seeds, anchors, sampling } = asked;
  const points: readonly WordOption[] = [
    ['alpha', alphas.join()],
    ['rho', rhos.join()],
    ['controls', controls.length === 0 ? 'none' : controls.join()],
    // The command refuses what would do nothing.
    ...(controls.includes('random') ? [['seeds', String(seeds)] as const] : []),
  ];
  const answers: readonly WordOption[] =
    sampling === undefined
      ? []
      : [...answerOptions(sampling), ['seed', String(sampling.seed)], ...renderingOptions(settings)];
  return [
    ...points,
    ...anchors.map((folder) => ['anchor', folder] as const),
    ...answers,
    ...engineOptions(settings),
    ['out', out],
  ];
}
