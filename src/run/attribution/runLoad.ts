import { createHash } from 'node:crypto';
import { type Calibration, readCalibration } from '../../calibration/calibration.ts';
import { type CalibrationSample, longestSample } from '../../calibration/sample.ts';
import type { Checkpoint } from '../../checkpoint/checkpoint.ts';
import { openCheckpoint } from '../../checkpoint/openCheckpoint.ts';
import { checkPair } from '../../checkpoint/pair.ts';
import { checkSlidingWindow, usableLength } from '../../checkpoint/sequenceLength.ts';
import { requiredTokenizer } from '../../checkpoint/tokenizer/requiredTokenizer.ts';
import type { Engine } from '../../engine/process/engine.ts';
import { calibrationSettingsOf } from '../../settings/calibrationSettings.ts';
import { program } from '../../settings/programInfo.ts';
import type { RunSettings } from '../../settings/runSettings.ts';
import {
  describeCalibration,
  describeInputs,
  describeTemplate,
  type InputFile,
  type InputFiles,
} from '../files/provenance.ts';
import type { RunInputs } from '../files/runOutputs.ts';
import type { RunContext } from '../progress/runContext.ts';
import type { Fingerprint } from '../resume/resumeStore.ts';

/* The load phase of a run: opens and checks both checkpoints, and reads the calibration. */

/** What the load phase found. */
export interface Loaded {
  readonly base: Checkpoint;
  readonly sft: Checkpoint;
  readonly calibration: Calibration;
  /** Sentences on what differs between the two, and on what of the calibration is cut or skipped. */
  readonly notes: readonly string[];
  readonly files: InputFiles;
}

/**
 * Opens and checks both checkpoints and tokenises the calibration.
 *
 * @param inputs of calibration single files
 * @throws InputError naming file, tensor or line
 * @throws Interrupted on abort
 */
export async function load(
  inputs: RunInputs,
  settings: RunSettings,
  { onEvent, signal }: Pick<RunContext, 'onEvent' | 'signal'>,
): Promise<Loaded> {
  const calibrationInputs = await describeCalibration(inputs.calibration);
  const { chatTemplate } = settings;
  const templateFile = chatTemplate === '' ? undefined : await describeTemplate(chatTemplate);
  const base = await openCheckpoint(inputs.base);
  const sft = await openCheckpoint(inputs.sft);
  const { notes } = await checkPair(base, sft);
  const calibration = await readCalibration({
    paths: inputs.calibration,
    samples: settings.samples,
    seed: settings.seed,
    tokenizerPath: requiredTokenizer(sft),
    templateFolders: [sft.folder],
    ...calibrationSettingsOf(settings),
    maxLength: usableLength([base, sft], settings.maxLength),
    vocabSize: sft.architecture.vocabSize,
    signal,
    onProgress: (done, total) => onEvent({ type: 'progress', phase: 'load', done, total, unit: 'bytes' }),
  });
  // The record says the same in fields.
  onEvent({ type: 'note', text: calibration.reading.sentence });
  const longest = longestSample(calibration.samples);
  for (const checkpoint of [base, sft]) checkSlidingWindow(checkpoint, longest);
  return {
    base,
    sft,
    notes: [...notes, ...calibration.notes],
    calibration,
    files: describeInputs(base, sft, calibrationInputs, templateFile),
  };
}

/**
 * SHA-256 of all samples' tokens and responses: they hang on more than the files, such as the special tokens of
 * `tokenizer_config.json` and, where a chat template prints it, the date.
 */
function samplesHash(samples: readonly CalibrationSample[]): string {
  const hash = createHash('sha256');
  for (const { file = 0, line, ids, responses } of samples) {
    hash.update(JSON.stringify([file, line, ids.length, responses]));
    hash.update(new Uint8Array(ids.buffer, ids.byteOffset, ids.byteLength));
  }
  return hash.digest('hex');
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
export function fingerprintOf(settings: RunSettings, { files, calibration }: Loaded, engine: Engine): Fingerprint {
  const { rho, rhoMax, topN, maxLength, samples, seed, weights } = settings;
  const calibrationFiles = files.calibration.map(lasting);
  return {
    program: program.version,
    runtime: engine.runtimeVersion,
    device: engine.device,
    weights,
    ...(engine.products !== 'float32' && { precision: engine.products }),
    rho,
    'rho-max': rhoMax,
    'top-n': topN,
    'max-length': maxLength,
    samples,
    seed,
    'base checkpoint': { folder: files.base.folder, files: files.base.files.map(lasting) },
    'SFT checkpoint': { folder: files.sft.folder, files: files.sft.files.map(lasting) },
    'calibration file': calibrationFiles.length === 1 ? calibrationFiles[0] : calibrationFiles,
    'way to read the calibration': calibrationSettingsOf(settings),
    'chat template': files.chatTemplate && lasting(files.chatTemplate),
    'tokens of the calibration': samplesHash(calibration.samples),
  };
}
