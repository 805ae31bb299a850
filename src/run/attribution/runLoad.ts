import { type Calibration, readCalibration } from '../../calibration/calibration.ts';
import type { Checkpoint } from '../../checkpoint/checkpoint.ts';
import { openCheckpoint } from '../../checkpoint/openCheckpoint.ts';
import { checkPair } from '../../checkpoint/pair.ts';
import type { Engine } from '../../engine/process/engine.ts';
import { program } from '../../settings/programInfo.ts';
import type { RunSettings } from '../../settings/runSettings.ts';
import { describeCalibration, describeInputs, type InputFile, type InputFiles } from '../files/provenance.ts';
import type { RunInputs } from '../files/runOutputs.ts';
import type { Fingerprint } from '../resume/resumeStore.ts';

/** What the load phase found. */
export interface Loaded {
  readonly base: Checkpoint;
  readonly sft: Checkpoint;
  readonly calibration: Calibration;
  readonly files: InputFiles;
}

/**
 * Opens and checks both checkpoints and tokenises the calibration.
 *
 * @throws InputError naming file, tensor or line
 * @throws Interrupted on abort
 */
export async function load(inputs: RunInputs, settings: RunSettings, signal: AbortSignal): Promise<Loaded> {
  const calibrationFile = await describeCalibration(inputs.calibration);
  const base = await openCheckpoint(inputs.base);
  const sft = await openCheckpoint(inputs.sft);
  await checkPair(base, sft);
  const { vocabSize, maxPositions } = sft.architecture;
  const calibration = await readCalibration({
    path: inputs.calibration,
    tokenizerPath: sft.tokenizerPath,
    promptField: settings.promptField,
    responseField: settings.responseField,
    maxLength: Math.min(settings.maxLength, maxPositions),
    vocabSize,
    signal,
  });
  return { base, sft, calibration, files: describeInputs(base, sft, calibrationFile) };
}

/** What of a file outlasts a restart of the machine: devices of network folders do not. */
function lasting({ name, path, identity: { bytes, modified } }: InputFile) {
  return { name, path, bytes, modified };
}

/**
 * What must be the same for finished samples to be taken up. The device taken counts, since devices round differently;
 * alpha does not, since nothing measured depends on it; nor does the memory budget, which a rerun may have to lower
 * after the system killed the engine.
 */
export function fingerprintOf(settings: RunSettings, files: InputFiles, engine: Engine): Fingerprint {
  const { rho, rhoMax, topN, maxLength, promptField, responseField, weights } = settings;
  return {
    program: program.version,
    runtime: engine.runtimeVersion,
    device: engine.device,
    weights,
    rho,
    'rho-max': rhoMax,
    'top-n': topN,
    'max-length': maxLength,
    'prompt-field': promptField,
    'response-field': responseField,
    'base checkpoint': { folder: files.base.folder, files: files.base.files.map(lasting) },
    'SFT checkpoint': { folder: files.sft.folder, files: files.sft.files.map(lasting) },
    'calibration file': lasting(files.calibration),
  };
}
