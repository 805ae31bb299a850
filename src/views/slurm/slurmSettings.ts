import { workspace } from 'vscode';
import { z } from 'zod';
import type { SlurmSettings } from '../../cluster/slurm/slurmSettings.ts';
import { InputError } from '../../errors.ts';
import { type ClusterWork, placeOf, type RunOn } from './runPlace.ts';

/* What is set in VS Code of runs on a Slurm cluster: `rejuvenation.runOn`, and `rejuvenation.slurm` with the command line's names. */

const word = z.string().regex(/^[^\s\p{Cc}]+$/u, 'must be one word');
const count = z.number().int().positive();

const schema = z.strictObject({
  shards: count.optional(),
  parallel: count.optional(),
  partition: word.optional(),
  account: word.optional(),
  qos: word.optional(),
  time: word.optional(),
  gpusPerTask: word.optional(),
  cpusPerTask: count.optional(),
  mem: word.optional(),
  constraint: word.optional(),
  arrayLimit: count.optional(),
  sbatchArgs: z.array(z.string()).optional(),
  setup: z.array(z.string()).optional(),
  stage: z.string().min(1).optional(),
});

export interface SlurmConfiguration {
  readonly slurm: SlurmSettings;
  /** Undefined: as many as a command takes by itself. */
  readonly shards: number | undefined;
  /** Where tasks keep local copies of checkpoints, as `--stage` names it. */
  readonly stage?: string | undefined;
}

/** Where models run unless a command says otherwise. */
export function configuredRunOn(): RunOn {
  return workspace.getConfiguration('rejuvenation').get<string>('runOn', 'here') === 'slurm' ? 'slurm' : 'here';
}

/** Whether work goes to Slurm. @param runsModels as of `placeOf` */
export function runsOnSlurm(work: ClusterWork, runsModels = true): boolean {
  return placeOf(work, configuredRunOn(), runsModels) === 'slurm';
}

/** @throws InputError naming what of the setting cannot be */
export function slurmConfiguration(): SlurmConfiguration {
  const parsed = schema.safeParse(workspace.getConfiguration('rejuvenation').get<unknown>('slurm', {}));
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw new InputError(`The setting rejuvenation.slurm is not right: ${[...issue.path, issue.message].join(': ')}.`);
  }
  const { shards, sbatchArgs = [], setup = [], stage, ...others } = parsed.data;
  return { slurm: { ...others, sbatchArgs, setup }, shards, stage };
}
