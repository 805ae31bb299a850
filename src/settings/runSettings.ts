import { InputError } from '../errors.ts';
import {
  type CalibrationSettings,
  checkCalibrationSettings,
  defaultCalibrationSettings,
} from './calibrationSettings.ts';
import { type DeviceChoice, devices } from './devices.ts';
import { type Precision, precisions } from './precision.ts';
import { type RenamedRows, renamedRowsChoices } from './renamedRows.ts';
import { type WeightStorage, weightStorages } from './weightStorage.ts';

/* The settings of a run, their defaults, and what each may be. */

/** What a run may be told, beside its inputs and outputs. */
export interface RunSettings extends CalibrationSettings {
  /** Weight of the SFT checkpoint in the fusion (eq. 1), 0…1. */
  readonly alpha: number;
  /** Share of all neurons that one target may select (eq. 4), above 0. */
  readonly rho: number;
  /** Largest rho the record will answer for; ranks are kept up to it. */
  readonly rhoMax: number;
  /** Target tokens a sample. */
  readonly topN: number;
  /** Longest sequence in tokens; longer responses are cut. */
  readonly maxLength: number;
  /** Calibration samples, drawn evenly where the files have more rows; 0: all of them. */
  readonly samples: number;
  /** Decides which rows are drawn; a whole number from 0. */
  readonly seed: number;
  /** Share of the samples that is measured and chooses no target, 0 up to, not including, 1. */
  readonly holdout: number;
  /** Budget of each engine process, bytes; 0: as much as is free. */
  readonly memoryBytes: number;
  readonly device: DeviceChoice;
  /** Engine processes that share the samples; 0: one, or on CUDA one for each visible GPU. */
  readonly processes: number;
  /** Threads of each process on the CPU; 0: one a core. */
  readonly threads: number;
  /** How the device holds the models' matrices. */
  readonly weights: WeightStorage;
  /** How precise matrix products are, where the device could do them faster in less. */
  readonly precision: Precision;
  /** What becomes of rows whose token was renamed. */
  readonly renamedRows: RenamedRows;
}

export const defaultSettings: RunSettings = {
  alpha: 0.5,
  rho: 0.01,
  rhoMax: 0.05,
  topN: 8,
  maxLength: 4096,
  samples: 128,
  seed: 0,
  holdout: 0,
  ...defaultCalibrationSettings,
  memoryBytes: 0,
  device: 'auto',
  processes: 0,
  threads: 0,
  weights: 'auto',
  precision: 'exact',
  renamedRows: 'keep',
};

/** Most likely tokens kept at every response row, with their probabilities. */
export const topTokens = 5;

/** Below this no segment of any model fits: ONNX Runtime itself takes about as much. */
const minMemoryBytes = 64e6;

/** More would be a slip of the finger: each loads the model. */
const mostProcesses = 256;

/** @throws InputError unless `alpha` is within 0…1 */
export function checkAlpha(alpha: number): void {
  if (!(alpha >= 0 && alpha <= 1)) throw new InputError(`alpha is ${alpha}, but must lie between 0 and 1.`);
}

/**
 * Number of samples, as it is typed; 0 for `all`.
 *
 * @throws InputError for anything else
 */
export function sampleCount(text: string): number {
  const typed = text.trim();
  if (typed.toLowerCase() === 'all') return 0;
  if (!/^[1-9]\d*$/.test(typed)) {
    throw new InputError(`"${text}" is no number of samples: write a whole number of at least 1, or all.`);
  }
  return Number(typed);
}

/** @throws InputError unless both are whole numbers from 0 */
export function checkDraw({ samples, seed }: Pick<RunSettings, 'samples' | 'seed'>): void {
  if (!Number.isSafeInteger(samples) || samples < 0) {
    throw new InputError(`samples is ${samples}, but must be a whole number of at least 1, or all.`);
  }
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new InputError(`seed is ${seed}, but must be a whole number of at least 0.`);
  }
}

/** @throws InputError unless it is a share that leaves some */
function checkHoldout(holdout: number): void {
  if (!(holdout >= 0 && holdout < 1)) {
    throw new InputError(`holdout is ${holdout}, but must be at least 0 and below 1.`);
  }
}

/** @throws InputError unless both are counts, 0 for the default */
export function checkProcesses({ processes, threads }: Pick<RunSettings, 'processes' | 'threads'>): void {
  for (const [name, value] of [
    ['processes', processes],
    ['threads', threads],
  ] as const) {
    if (!Number.isSafeInteger(value) || value < 0 || value > mostProcesses) {
      throw new InputError(`${name} is ${value}, but must be a whole number from 1 to ${mostProcesses}.`);
    }
  }
}

/**
 * Checks every setting before any work.
 *
 * @throws InputError naming the setting, its value and what it must be
 */
export function checkSettings(settings: RunSettings): void {
  const { alpha, rho, rhoMax, topN, maxLength, memoryBytes } = settings;
  const { device, weights, precision } = settings;
  checkAlpha(alpha);
  if (!(rho > 0 && rho <= 1)) throw new InputError(`rho is ${rho}, but must be above 0 and at most 1.`);
  if (!(rhoMax > 0 && rhoMax <= 1)) throw new InputError(`rho-max is ${rhoMax}, but must be above 0 and at most 1.`);
  if (rho > rhoMax) {
    throw new InputError(`rho is ${rho}, above rho-max ${rhoMax}: raise rho-max, up to which ranks are recorded.`);
  }
  if (!Number.isSafeInteger(topN) || topN < 1) {
    throw new InputError(`top-n is ${topN}, but must be a whole number of at least 1.`);
  }
  if (!Number.isSafeInteger(maxLength) || maxLength < 2) {
    throw new InputError(`max-length is ${maxLength}, but must be a whole number of at least 2.`);
  }
  checkDraw(settings);
  checkHoldout(settings.holdout);
  checkCalibrationSettings(settings);
  if (memoryBytes !== 0 && (!Number.isSafeInteger(memoryBytes) || memoryBytes < minMemoryBytes)) {
    throw new InputError(`memory is ${memoryBytes} bytes, but must be at least ${minMemoryBytes / 1e6}MB.`);
  }
  checkProcesses(settings);
  if (device !== 'auto' && !devices.includes(device)) {
    throw new InputError(`device is "${device}", but must be one of auto, ${devices.join(', ')}.`);
  }
  if (!weightStorages.includes(weights)) {
    throw new InputError(`weights is "${weights}", but must be one of ${weightStorages.join(', ')}.`);
  }
  if (!precisions.includes(precision)) {
    throw new InputError(`precision is "${precision}", but must be one of ${precisions.join(', ')}.`);
  }
  const { renamedRows } = settings;
  if (!renamedRowsChoices.includes(renamedRows)) {
    throw new InputError(`renamed-rows is "${renamedRows}", but must be one of ${renamedRowsChoices.join(', ')}.`);
  }
}
