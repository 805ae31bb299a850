import { workspace } from 'vscode';
import { memorySize } from '../../settings/memorySize.ts';
import { checkSettings, defaultSettings, type RunSettings } from '../../settings/runSettings.ts';

/**
 * The run settings that are set in VS Code.
 *
 * @throws InputError naming the setting that cannot be
 */
export function configuredSettings(): RunSettings {
  const configuration = workspace.getConfiguration('rejuvenation');
  const get = <Key extends keyof RunSettings>(key: Key): RunSettings[Key] =>
    configuration.get<RunSettings[Key]>(key, defaultSettings[key]);
  const settings: RunSettings = {
    alpha: get('alpha'),
    rho: get('rho'),
    rhoMax: get('rhoMax'),
    topN: get('topN'),
    maxLength: get('maxLength'),
    samples: get('samples'),
    seed: get('seed'),
    holdout: get('holdout'),
    format: get('format'),
    promptField: get('promptField'),
    responseField: get('responseField'),
    pairsAs: get('pairsAs'),
    chatTemplate: get('chatTemplate'),
    templateArgs: get('templateArgs'),
    turns: get('turns'),
    specialTokens: get('specialTokens'),
    device: get('device'),
    processes: get('processes'),
    threads: get('threads'),
    weights: get('weights'),
    precision: get('precision'),
    renamedRows: get('renamedRows'),
    memoryBytes: memorySize(configuration.get<string>('memory', 'auto')),
  };
  checkSettings(settings);
  return settings;
}

/** As {@link configuredSettings}, of these only what an engine needs. */
export function configuredEngine(): Pick<
  RunSettings,
  'device' | 'memoryBytes' | 'processes' | 'threads' | 'weights' | 'precision'
> {
  const { device, memoryBytes, processes, threads, weights, precision } = configuredSettings();
  return { device, memoryBytes, processes, threads, weights, precision };
}
