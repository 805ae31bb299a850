import { type Calibration, readCalibration } from '../../calibration/calibration.ts';
import type { CalibrationSample } from '../../calibration/sample.ts';
import { tokenTexts } from '../../calibration/tokenTexts.ts';
import { type Checkpoint, placeOf } from '../../checkpoint/checkpoint.ts';
import { usableLength } from '../../checkpoint/sequenceLength.ts';
import { requiredTokenizer } from '../../checkpoint/tokenizer/requiredTokenizer.ts';
import { responseRowCount } from '../../method/responseRows.ts';
import type { RecordArrays } from '../../record/arrays/arrays.ts';
import type { ComparisonRecord } from '../../record/comparison/comparisonRecord.ts';
import { measurement, measurementArrays, recordedReading } from '../../run/attribution/assembleRecord.ts';
import { measureCheckpoint } from '../../run/attribution/runMeasures.ts';
import { hashCalibration, type InputFile } from '../../run/files/provenance.ts';
import type { RunContext } from '../../run/progress/runContext.ts';
import { deviceEvent } from '../../run/progress/runEvents.ts';
import { type CalibrationSettings, calibrationSettingsOf } from '../../settings/calibrationSettings.ts';
import type { RunSettings } from '../../settings/runSettings.ts';

import { tokenizing } from './sameTokens.ts';

/*
 * Measures every compared checkpoint on a calibration file: entropy, top-1 probability, NLL and the most likely tokens.
 */

type Output = NonNullable<ComparisonRecord['output']>;

/** Most likely tokens kept at every response row: enough to see where two distributions part. */
export const keptTokens = 10;

/** A calibration file, and how it is read and run. */
export interface OutputOptions
  extends CalibrationSettings,
    Pick<
      RunSettings,
      'samples' | 'seed' | 'maxLength' | 'memoryBytes' | 'device' | 'processes' | 'threads' | 'weights' | 'precision'
    > {
  /** Calibration files, patterns, or folders of data sets. */
  readonly calibration: readonly string[];
}

interface MeasuredOutputOptions extends OutputOptions {
  /** The calibration files that were read. */
  readonly files: readonly InputFile[];
}

/**
 * Tokenises the calibration once for all checkpoints, by the first tokenizer that one of them has.
 *
 * @param options its calibration: single files
 * @throws InputError naming the row that cannot be used; Interrupted on abort
 */
export async function readOutputCalibration(
  options: OutputOptions,
  checkpoints: readonly Checkpoint[],
  { onEvent, signal }: Pick<RunContext, 'onEvent' | 'signal'>,
): Promise<Calibration> {
  const { calibration, samples, seed, maxLength } = options;
  const reference = tokenizing(checkpoints);
  const calibrated = await readCalibration({
    paths: calibration,
    samples,
    seed,
    tokenizerPath: requiredTokenizer(reference),
    templateFolders: checkpoints.map(placeOf),
    ...calibrationSettingsOf(options),
    maxLength: usableLength(checkpoints, maxLength),
    vocabSize: reference.architecture.vocabSize,
    signal,
    onProgress: (done, total) => onEvent({ type: 'progress', phase: 'load', done, total, unit: 'bytes' }),
  });
  onEvent({ type: 'note', text: calibrated.reading.sentence });
  return calibrated;
}

/** Where each sample's ids and response rows lie in the arrays. */
export function outputSamples(samples: readonly CalibrationSample[]): Output['samples'] {
  let firstId = 0;
  let firstRow = 0;
  return samples.map((sample) => {
    const entry = {
      ...(sample.file === undefined ? {} : { file: sample.file }),
      line: sample.line,
      responses: [...sample.responses],
      firstId,
      tokens: sample.ids.length,
      firstRow,
      rows: responseRowCount(sample.responses),
    };
    firstId += entry.tokens;
    firstRow += entry.rows;
    return entry;
  });
}

/** How many tokens a row keeps: all of the smallest vocabulary where that has less than {@link keptTokens}. */
export function topTokensOf(checkpoints: readonly Checkpoint[]): number {
  return Math.min(keptTokens, ...checkpoints.map(({ architecture }) => architecture.vocabSize));
}

/**
 * Teacher-forces every checkpoint over the calibration.
 *
 * @param onArrays hears the arrays of one checkpoint after the other, so that they need not all be held
 * @throws RunError when the engine fails or a checkpoint gives no finite numbers; Interrupted on abort
 */
export async function measureOutputs(
  options: MeasuredOutputOptions,
  checkpoints: readonly Checkpoint[],
  calibrated: Calibration,
  { onEvent, signal, startEngine }: RunContext,
  onArrays: (arrays: RecordArrays) => void,
): Promise<Output> {
  const { files, device, memoryBytes, processes, threads, weights, precision } = options;
  const { samples } = calibrated;
  const topTokens = topTokensOf(checkpoints);
  const hashed = await hashCalibration(files, signal);
  const used = new Set(samples.flatMap(({ ids }) => [...ids]));
  onArrays(new Map([['samples.ids', Int32Array.from(samples.flatMap(({ ids }) => [...ids]))]]));
  const means: Output['means'] = [];
  const engine = await startEngine({ device, memoryBytes, processes, threads, weights, precision, signal });
  try {
    onEvent(deviceEvent(engine));
    for (const [position, checkpoint] of checkpoints.entries()) {
      const { folder } = checkpoint;
      onEvent({ type: 'note', text: `Measuring "${folder}", ${position + 1} of ${checkpoints.length}.` });
      const place = placeOf(checkpoint);
      const work = { engine, folder, place, samples, topTokens, phase: 'measure', signal, onEvent } as const;
      const { measures } = await measureCheckpoint(work);
      for (const { topIds } of measures) for (const id of topIds) used.add(id);
      const arrays = measurementArrays(position, measures);
      means.push(measurement(folder, folder, position, arrays, new Uint32Array()).all);
      onArrays(arrays);
    }
  } finally {
    await engine.dispose();
  }
  const ids = [...used].sort((a, b) => a - b);
  const texts = await tokenTexts(requiredTokenizer(tokenizing(checkpoints)), ids, signal);
  return {
    calibration: hashed.length === 1 ? hashed[0]! : hashed,
    reading: recordedReading(calibrated, options),
    device: engine.device,
    products: engine.products,
    topTokens,
    samples: outputSamples(samples),
    means,
    tokens: { ids, texts: ids.map((id) => texts.get(id) ?? '') },
  };
}
