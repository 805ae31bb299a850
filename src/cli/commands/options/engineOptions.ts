import { type Command, InvalidArgumentError, Option } from 'commander';
import { InputError } from '../../../errors.ts';
import { type DeviceChoice, devices } from '../../../settings/devices.ts';
import { memorySize } from '../../../settings/memorySize.ts';
import { type Precision, precisions } from '../../../settings/precision.ts';
import { defaultSettings, type RunSettings } from '../../../settings/runSettings.ts';
import { type WeightStorage, weightStorages } from '../../../settings/weightStorage.ts';
import { countArgument } from './options.ts';

/* Options that say where and how the engine computes, which all commands that start one share. */

/** As commander gives them. */
export interface EngineOptions {
  readonly device: DeviceChoice;
  readonly memory: number;
  readonly processes?: number;
  readonly threads?: number;
  readonly weights: WeightStorage;
  readonly precision: Precision;
}

export function memoryArgument(text: string): number {
  try {
    return memorySize(text);
  } catch (error) {
    if (error instanceof InputError) throw new InvalidArgumentError('Write auto, or for example 4GB, 512MB or 4GiB.');
    throw error;
  }
}

export function withEngineOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--device <name>', 'where to compute; auto takes the first that works')
        .choices(['auto', ...devices])
        .default(defaultSettings.device),
    )
    .addOption(
      new Option(
        '--memory <size>',
        'memory budget of each engine process, for example 4GB, 512MB or 4GiB; auto: four fifths of what is free',
      )
        .argParser(memoryArgument)
        .default(defaultSettings.memoryBytes, 'auto'),
    )
    .addOption(
      new Option(
        '--processes <count>',
        'engine processes that share the samples (default: 1; on cuda one for each GPU of CUDA_VISIBLE_DEVICES)',
      ).argParser(countArgument),
    )
    .addOption(
      new Option('--threads <count>', 'threads of each process on the cpu (default: one a core)').argParser(
        countArgument,
      ),
    )
    .addOption(
      new Option(
        '--weights <form>',
        "what the device holds the models' matrices in; stored: the checkpoint's own two bytes a parameter; auto: that on cuda but for long work, " +
          'and on the cpu where float32 does not fit the memory and loading in segments costs more',
      )
        .choices(weightStorages)
        .default(defaultSettings.weights),
    )
    .addOption(
      new Option(
        '--precision <form>',
        "matrix products on cuda; exact: float32's accuracy on tensor cores, each product in parts; float32: without tensor " +
          'cores; tf32: fastest, ten bits of every operand. Elsewhere they are float32',
      )
        .choices(precisions)
        .default(defaultSettings.precision),
    );
}

/** The settings that a run takes. */
export function engineSettingsFrom({
  device,
  memory: memoryBytes,
  processes = defaultSettings.processes,
  threads = defaultSettings.threads,
  weights,
  precision,
}: EngineOptions): Pick<RunSettings, 'device' | 'memoryBytes' | 'processes' | 'threads' | 'weights' | 'precision'> {
  return { device, memoryBytes, processes, threads, weights, precision };
}
