import { settingOptions } from '../../cluster/phases/attributeWords.ts';
import type { SlurmSettings } from '../../cluster/slurm/slurmSettings.ts';
import type { RunSettings } from '../../settings/runSettings.ts';

/* What is set in VS Code, as options of the command line. Knows no VS Code. */

/** An option by its long name without dashes; a flag has no value. */
export type WordOption = readonly [name: string, value?: string];

/** Of the settings what says how the engine computes. */
const engineKeys = ['device', 'memoryBytes', 'processes', 'threads', 'weights', 'precision'] as const;

export function engineOptions(settings: RunSettings): readonly WordOption[] {
  return settingOptions(settings, engineKeys);
}

/** Of the settings what says how the lines of a calibration are read. */
export function lineOptions(settings: RunSettings): readonly WordOption[] {
  const keys = ['maxLength', 'format', 'promptField', 'responseField', 'pairsAs', 'turns'] as const;
  const lines = settings.samples === 0 ? 'all' : String(settings.samples);
  return [...settingOptions(settings, keys), ['lines', lines]];
}

/** Of the settings what says how texts become tokens. */
export function renderingOptions(settings: RunSettings): readonly WordOption[] {
  return settingOptions(settings, ['chatTemplate', 'templateArgs', 'specialTokens']);
}

/** What is asked of Slurm. */
export function slurmOptions({
  slurm,
  shards,
  stage,
}: {
  readonly slurm: SlurmSettings;
  readonly shards: number | undefined;
  readonly stage?: string | undefined;
}): readonly WordOption[] {
  const { partition, account, qos, time, gpusPerTask, cpusPerTask, mem, constraint, arrayLimit, parallel } = slurm;
  const values: readonly (readonly [string, string | number | undefined])[] = [
    ...([
      ['shards', shards],
      ['parallel', parallel],
      ['partition', partition],
      ['account', account],
    ] as const),
    ...([
      ['qos', qos],
      ['time', time],
      ['gpus-per-task', gpusPerTask],
      ['cpus-per-task', cpusPerTask],
    ] as const),
    ...([
      ['mem', mem],
      ['constraint', constraint],
      ['array-limit', arrayLimit],
      ['stage', stage],
    ] as const),
  ];
  return [
    ...values.flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)] as const])),
    ...slurm.sbatchArgs.map((value) => ['sbatch-arg', value] as const),
    ...slurm.setup.map((value) => ['setup', value] as const),
  ];
}
