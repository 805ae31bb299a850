import type { Command } from 'commander';
import { defaultSettings, type RunSettings } from '../../../settings/runSettings.ts';
import {
  deviceOption,
  memoryOption,
  precisionOption,
  processesOption,
  threadsOption,
  weightsOption,
} from './options.ts';

/* Options that say where and how models are run, which every command that runs them has. */

type EngineSettings = Pick<RunSettings, 'device' | 'memoryBytes' | 'processes' | 'threads' | 'weights' | 'precision'>;

/** As commander gives them. */
export interface EngineOptions extends Pick<EngineSettings, 'device' | 'weights' | 'precision'> {
  readonly memory: number;
  readonly processes?: number;
  readonly threads?: number;
}

export function withEngineOptions(command: Command): Command {
  return command
    .addOption(deviceOption())
    .addOption(memoryOption())
    .addOption(processesOption())
    .addOption(threadsOption())
    .addOption(weightsOption())
    .addOption(precisionOption());
}

export function engineSettingsFrom(options: EngineOptions): EngineSettings {
  const { device, memory: memoryBytes, weights, precision } = options;
  const { processes = defaultSettings.processes, threads = defaultSettings.threads } = options;
  return { device, memoryBytes, processes, threads, weights, precision };
}
