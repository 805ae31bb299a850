import { dirname, join } from 'node:path';
import { recordPaths } from '../../record/run/recordPaths.ts';
import { checkAttribution } from '../../run/checkAttribution.ts';
import type { RunInputs } from '../../run/files/runOutputs.ts';
import type { RunSettings } from '../../settings/runSettings.ts';
import { attributeWords } from '../phases/attributeWords.ts';
import { attributionPhases } from '../phases/attributionPhases.ts';
import { pinnedEngine } from '../phases/pinnedEngine.ts';
import { largestArray } from '../slurm/slurm.ts';
import type { SlurmSettings } from '../slurm/slurmSettings.ts';
import { beginRun } from './beginRun.ts';
import { type ClusterRun, holdsRun } from './clusterRun.ts';
import { programPlace } from './programPlace.ts';
import { fileNow } from './proofs.ts';

export interface AttributionOnCluster {
  /** Absolute paths. */
  readonly inputs: RunInputs;
  readonly record: string;
  readonly settings: RunSettings;
  readonly slurm: SlurmSettings;
  readonly shards: number;
  /** As `--stage` names it. */
  readonly stage?: string | undefined;
}

/**
 * Submits an attribution from inputs and settings, for who has no command line; given again, it goes on with its run.
 *
 * @throws InputError for what the run itself would refuse, before anything is made, and with Slurm's sentence when that
 *   refuses; RunError when Slurm does not answer
 */
export async function submitAttribution(asked: AttributionOnCluster): Promise<ClusterRun> {
  const { inputs, settings, slurm, shards, stage } = asked;
  const record = recordPaths(asked.record).json;
  const folder = `${record.replace(/\.json$/, '')}.slurm`;
  const engine = pinnedEngine(settings, slurm);
  const work = { inputs, outputs: { record }, settings, overwrite: false };
  if (!(await holdsRun(folder))) await checkAttribution(work);
  const staging = stage === undefined ? [] : [`--stage=${stage}`];
  const phases = attributionPhases({
    ...{
      options: [...attributeWords(inputs, { ...settings, ...engine }), ...staging],
      record,
      overwrite: false,
      shards,
    },
    ...{ partials: join(folder, 'partials'), before: await fileNow(record) },
  });
  const { run } = await beginRun(folder, {
    ...{ command: 'attribute', phases, outputs: { record }, cwd: dirname(record), ...programPlace() },
    arrayLimit: slurm.arrayLimit ?? (await largestArray()),
    settings: slurm,
  });
  return run;
}
