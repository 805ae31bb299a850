import { createHash } from 'node:crypto';
import { type Calibration, readCalibration } from '../../calibration/calibration.ts';
import { heldOutNote, heldOutSamples } from '../../calibration/heldOut.ts';
import type { CalibrationSample } from '../../calibration/sample.ts';
import { type Checkpoint, placeOf } from '../../checkpoint/checkpoint.ts';
import { usableLength } from '../../checkpoint/sequenceLength.ts';
import { checkUsedTokens } from '../../checkpoint/tokenizer/otherTokens.ts';
import type { Engine } from '../../engine/process/engine.ts';
import { inputKinds } from '../../files/reading/inputKind.ts';
import type { MergedAdapters } from '../../merge/mergedAdapters.ts';
import type { RecordedVocabulary } from '../../record/run/runRecord.ts';
import { calibrationSettingsOf } from '../../settings/calibrationSettings.ts';
import { program } from '../../settings/programInfo.ts';
import type { RunSettings } from '../../settings/runSettings.ts';
import { mergeContext } from '../files/adapters.ts';
import {
  describeCalibration,
  describeInput,
  describeInputs,
  type InputFile,
  type InputFiles,
} from '../files/provenance.ts';
import type { RunInputs } from '../files/runOutputs.ts';
import type { RunContext } from '../progress/runContext.ts';
import type { Fingerprint } from '../resume/resumeStore.ts';
import { openPair } from './openPair.ts';
import { recordedVocabulary } from './recordedVocabulary.ts';

/* The load phase of a run: opens and checks both checkpoints, and reads the calibration. */

/** What the load phase found. */
export interface Loaded {
  readonly base: Checkpoint;
  readonly sft: Checkpoint;
  /** How the base is completed with the SFT's rows, if it has to be. */
  readonly vocabulary: RecordedVocabulary | undefined;
  /** The `tokenizer.json` that the calibration was tokenised with. */
  readonly tokenizerPath: string;
  readonly calibration: Calibration;
  /** Indices of the samples that choose no target. */
  readonly heldOut: ReadonlySet<number>;
  /** Sentences on what differs between the two, and on what of the calibration is cut or skipped. */
  readonly notes: readonly string[];
  readonly files: InputFiles;
}

/**
 * Opens and checks both checkpoints, merging the SFT where it is an adapter, and tokenises the calibration.
 *
 * @param inputs of calibration single files
 * @throws InputError naming file, tensor or line
 * @throws Interrupted on abort
 */
export async function load(
  inputs: RunInputs,
  settings: RunSettings,
  adapters: MergedAdapters,
  { onEvent, signal }: Pick<RunContext, 'onEvent' | 'signal'>,
): Promise<Loaded> {
  const calibrationInputs = await describeCalibration(inputs.calibration);
  const { tokenizer } = inputs;
  const tokenizerFile = tokenizer === undefined ? undefined : await describeInput(tokenizer, inputKinds.tokenizer);
  const { chatTemplate } = settings;
  const templateFile = chatTemplate === '' ? undefined : await describeInput(chatTemplate, inputKinds.chatTemplate);
  const { pair, tokens, notes, tokenizerPath } = await openPair(inputs, settings.renamedRows, (base) =>
    adapters.open(inputs.sft, base, mergeContext({ onEvent, signal })),
  );
  const { base, sft, completion } = pair;
  const calibration = await readCalibration({
    paths: inputs.calibration,
    samples: settings.samples,
    seed: settings.seed,
    tokenizerPath,
    templateFolders: [placeOf(sft)],
    ...calibrationSettingsOf(settings),
    maxLength: usableLength([base, sft], settings.maxLength),
    vocabSize: sft.architecture.vocabSize,
    signal,
    onProgress: (done, total) => onEvent({ type: 'progress', phase: 'load', done, total, unit: 'bytes' }),
  });
  // The record says the same in fields.
  onEvent({ type: 'note', text: calibration.reading.sentence });
  const { samples } = calibration;
  const heldOut = heldOutSamples(samples.length, settings.holdout, settings.seed);
  const heldOutText = heldOutNote(heldOut, samples.length, settings.seed);
  const used = new Set(samples.flatMap(({ ids }) => [...ids]));
  checkUsedTokens(tokens, used, { base: base.tokenizerPath, sft: tokenizerPath });
  return {
    base,
    sft,
    vocabulary: completion && recordedVocabulary(completion, tokens),
    tokenizerPath,
    notes: [...notes, ...calibration.notes, ...(heldOutText === undefined ? [] : [heldOutText])],
    calibration,
    heldOut,
    files: describeInputs(base, sft, calibrationInputs, { tokenizer: tokenizerFile, chatTemplate: templateFile }),
  };
}

/**
 * SHA-256 of all samples' tokens and responses: they hang on more than the files, such as the special tokens of
 * `tokenizer_config.json` and, where a chat template prints it, the date.
 */
export function samplesHash(samples: readonly CalibrationSample[]): string {
  const hash = createHash('sha256');
  for (const { file = 0, line, ids, responses } of samples) {
    hash.update(JSON.stringify([file, line, ids.length, responses]));
    hash.update(new Uint8Array(ids.buffer, ids.byteOffset, ids.byteLength));
  }
  return hash.digest('hex');
}

/** What of a file outlasts a restart of the machine: devices of network folders do not. */
export function lasting({ name, path, identity: { bytes, modified } }: InputFile) {
  return { name, path, bytes, modified };
}

/** What of an engine decides what it finds. */
export type EngineFacts = Pick<Engine, 'device' | 'runtimeVersion' | 'products'>;

/**
 * What must be the same for finished samples to be taken up. The device taken counts, since devices round differently;
 * alpha does not, since nothing measured depends on it; nor does the memory budget, which a rerun may have to lower
 * after the system killed the engine.
 */
export function fingerprintOf(
  settings: RunSettings,
  { files, calibration }: Pick<Loaded, 'files' | 'calibration'>,
  engine: EngineFacts,
): Fingerprint {
  const { rho, rhoMax, topN, maxLength, samples, seed, holdout, weights, renamedRows } = settings;
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
    ...(holdout !== 0 && { holdout }),
    'base checkpoint': { folder: files.base.folder, files: files.base.files.map(lasting) },
    'SFT checkpoint': { folder: files.sft.folder, files: files.sft.files.map(lasting) },
    'calibration file': calibrationFiles.length === 1 ? calibrationFiles[0] : calibrationFiles,
    'way to read the calibration': calibrationSettingsOf(settings),
    'chat template': files.chatTemplate && lasting(files.chatTemplate),
    'tokens of the calibration': samplesHash(calibration.samples),
    'renamed-rows': renamedRows,
    tokenizer: files.tokenizer === undefined ? null : lasting(files.tokenizer),
  };
}
