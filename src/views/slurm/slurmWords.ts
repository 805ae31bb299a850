import { settingOptions, type WordOption } from '../../cluster/phases/attributeWords.ts';
import type { RunSettings } from '../../settings/runSettings.ts';
import type { SlurmConfiguration } from './slurmSettings.ts';

/* What is set in VS Code, as options of the command line. Knows no VS Code. */

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

/** What is asked of Slurm: the setting has the command line's names, in camel case. */
export function slurmOptions({ slurm, shards, stage }: SlurmConfiguration): readonly WordOption[] {
  const { sbatchArgs, setup, ...single } = slurm;
  return [
    ...Object.entries({ shards, ...single, stage }).flatMap(([key, value]): WordOption[] =>
      value === undefined ? [] : [[key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`), String(value)]],
    ),
    ...sbatchArgs.map((value) => ['sbatch-arg', value] as const),
    ...setup.map((value) => ['setup', value] as const),
  ];
}
