import { basename } from 'node:path';
import { submitAttribution } from '../../cluster/run/submitAttribution.ts';
import { usualShards } from '../../cluster/slurm/slurmSettings.ts';
import type { RunInputs } from '../../run/files/runOutputs.ts';
import type { RunPlan } from '../ask/askSettings.ts';
import type { SlurmRuns } from './slurmRuns.ts';
import { slurmConfiguration } from './slurmSettings.ts';

/** Runs attribution on the cluster, from inputs to an open inspector. */
export async function runOnSlurm(slurm: SlurmRuns, inputs: RunInputs, { settings, record }: RunPlan): Promise<void> {
  const named = `Rejuvenation of ${basename(inputs.sft)}`;
  await slurm.follow({ named, opens: { view: 'inspector', path: record } }, () => {
    const { shards = usualShards, ...others } = slurmConfiguration();
    return submitAttribution({ inputs, record, settings, shards, ...others });
  });
}
