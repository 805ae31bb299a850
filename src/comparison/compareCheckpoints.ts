import { randomUUID } from 'node:crypto';
import { basename } from 'node:path';
import type { Calibration } from '../calibration/calibration.ts';
import { calibrationFiles } from '../calibration/files/calibrationFiles.ts';
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { openCheckpoint } from '../checkpoint/openCheckpoint.ts';
import { checkUnchanged } from '../checkpoint/unchanged.ts';
import { Interrupted, RunError } from '../errors.ts';
import type { MergedAdapters } from '../merge/mergedAdapters.ts';
import { StagedArrays } from '../record/arrays/stagedArrays.ts';
import {
  comparisonArraySpecs,
  type DifferenceArray,
  differenceArrayName,
} from '../record/comparison/comparisonArrays.ts';
import { idKey, writeComparison } from '../record/comparison/comparisonFile.ts';
import { isCutOffComparison, lockForComparison, settleComparison } from '../record/comparison/comparisonLock.ts';
import { comparisonPaths } from '../record/comparison/comparisonPaths.ts';
import {
  type ComparisonRecord,
  comparisonSchemaName,
  comparisonVersion,
  type DifferenceScalars,
} from '../record/comparison/comparisonRecord.ts';
import { differenceScalars } from '../record/comparison/tensors/differenceScalars.ts';
import { mergeContext, usingAdapters } from '../run/files/adapters.ts';
import { checkOutput, type Output } from '../run/files/outputPaths.ts';
import { describeCalibration, type InputFile } from '../run/files/provenance.ts';
import type { RunContext } from '../run/progress/runContext.ts';
import { PhaseClock } from '../run/progress/runEvents.ts';
import { program } from '../settings/programInfo.ts';
import { checkSettings, defaultSettings } from '../settings/runSettings.ts';
import { type Comparable, checkComparable } from './checkpoints/checkComparable.ts';
import { checkpointNames } from './checkpoints/checkpointNames.ts';
import { type ExpandedSeries, expandSeries } from './checkpoints/checkpointSeries.ts';
import { describeCheckpoint } from './checkpoints/describeCheckpoint.ts';
import { comparedPairs, type PairChoice } from './comparedPairs.ts';
import { comparedTensors, unsharedTensors } from './comparedTensor.ts';
import {
  measureOutputs,
  type OutputOptions,
  outputSamples,
  readOutputCalibration,
  topTokensOf,
} from './outputs/measureOutputs.ts';
import { unmeasurable } from './outputs/sameTokens.ts';
import { addSpectra } from './spectrum/comparisonSpectra.ts';
import { differTensors } from './weights/differTensors.ts';

/* Compares checkpoints from start to end: opens and checks them, compares weights and outputs, writes the record. */

export interface ComparisonOptions {
  /** Paths or names on the Hub. The first is the reference; a training run's folder stands for its steps. */
  readonly checkpoints: readonly string[];
  readonly pairs: PairChoice;
  /** Where the record goes; without it nothing is written. */
  readonly record?: string | undefined;
  /** Also measures every checkpoint on a calibration file. */
  readonly output?: OutputOptions | undefined;
  readonly overwrite: boolean;
  /** Also computes the largest singular values of every matrix's change. */
  readonly spectrum?: boolean | undefined;
}

/** A comparison that was made, and where its record lies. */
export interface Comparison {
  /** Absolute path of the record, when one was asked for. */
  readonly path: string | undefined;
  readonly record: ComparisonRecord;
}

interface Loaded {
  readonly checkpoints: readonly Checkpoint[];
  readonly described: ComparisonRecord['checkpoints'];
  readonly pairs: ComparisonRecord['pairs'];
  readonly tensors: ComparisonRecord['tensors'];
  readonly unshared: NonNullable<ComparisonRecord['unshared']>;
  readonly calibration: (Calibration & { readonly files: readonly InputFile[] }) | undefined;
  /** Sentences on what differs in configuration, and on what of the calibration is cut or skipped. */
  readonly notes: readonly string[];
  /** On adapters that were merged; told already. */
  readonly mergeNotes: readonly string[];
}

async function loadCalibration(
  output: OutputOptions,
  { otherTokenizers }: Comparable,
  checkpoints: readonly Checkpoint[],
  context: RunContext,
) {
  const { paths, notes } = await calibrationFiles(output.calibration);
  const files = await describeCalibration(paths);
  const read = await readOutputCalibration({ ...output, calibration: paths }, checkpoints, context);
  const reason = await unmeasurable(read.samples, checkpoints, otherTokenizers, context.signal);
  if (reason === undefined) return { ...read, notes: [...notes, ...read.notes], files, unmeasurable: undefined };
  const note = `Only the weights are compared, since these checkpoints cannot be measured on the same tokens: ${reason}.`;
  return { ...read, notes: [note], files, unmeasurable: reason };
}

/** Checks where the record goes. @throws InputError */
async function checkPlaces(options: ComparisonOptions, folders: readonly string[], record: string): Promise<void> {
  const { json, arrays } = comparisonPaths(record);
  const { output } = options;
  const calibration = output === undefined ? [] : (await calibrationFiles(output.calibration)).paths;
  const inputs = [...folders, ...calibration, output?.chatTemplate ?? ''].filter((path) => path !== '');
  await checkOutput({ what: 'comparison record', path: json, kind: 'file' }, inputs, options.overwrite);
  const cutOff = await isCutOffComparison(record);
  const arraysOutput: Output = { what: "record's arrays file", path: arrays, kind: 'file' };
  await checkOutput(arraysOutput, inputs, options.overwrite || cutOff);
}

async function load(
  options: ComparisonOptions,
  { folders, notes: seriesNotes }: ExpandedSeries,
  adapters: MergedAdapters,
  context: RunContext,
): Promise<Loaded> {
  const pairs = comparedPairs(folders.length, options.pairs);
  const checkpoints: Checkpoint[] = [];
  const mergeNotes: string[] = [];
  const merging = mergeContext(context);
  const onNote = (text: string) => {
    mergeNotes.push(text);
    merging.onNote(text);
  };
  for (const folder of folders) {
    if (context.signal.aborted) throw new Interrupted('Stopped.');
    const [base] = checkpoints;
    checkpoints.push(
      base === undefined ? await openCheckpoint(folder) : await adapters.open(folder, base, { ...merging, onNote }),
    );
  }
  const comparable = await checkComparable(checkpoints);
  const notes = [...seriesNotes, ...comparable.notes];
  const calibration = options.output && (await loadCalibration(options.output, comparable, checkpoints, context));
  const names = checkpointNames(checkpoints.map(({ folder }) => folder));
  const described: ComparisonRecord['checkpoints'] = [];
  for (const [i, checkpoint] of checkpoints.entries()) described.push(await describeCheckpoint(checkpoint, names[i]!));
  notes.push(...(calibration?.notes ?? []));
  const tensors = comparedTensors(checkpoints, comparable.match);
  const unshared = unsharedTensors(checkpoints, comparable.match);
  const measured = calibration?.unmeasurable === undefined ? calibration : undefined;
  return { checkpoints, described, pairs, tensors, unshared, calibration: measured, notes, mergeNotes };
}

/** Compares every pair, tensor by tensor. @returns `[pairs][tensors]` */
async function differences(
  { checkpoints, pairs, tensors }: Loaded,
  arrays: StagedArrays | undefined,
  { onEvent, signal }: RunContext,
): Promise<DifferenceScalars[][]> {
  const position = new Map(tensors.map(({ name }, index) => [name, index]));
  const found: DifferenceScalars[][] = pairs.map(() => []);
  await differTensors(checkpoints, pairs, {
    signal,
    onProgress: (done, total) => onEvent({ type: 'progress', phase: 'compare', done, total, unit: 'bytes' }),
    onDifference(pair, difference) {
      const tensor = position.get(difference.name);
      // A head stored beside the embeddings that it is tied to.
      if (tensor === undefined) return;
      found[pair]![tensor] = differenceScalars(difference);
      const write = (array: DifferenceArray, values: Float32Array) =>
        arrays?.write(differenceArrayName(pair, tensor, array), values);
      write('row_norms', difference.rowNorms);
      write('column_norms', difference.columnNorms);
      write('map', difference.map.values);
    },
  });
  return found;
}

/**
 * Compares checkpoints tensor by tensor, measures them on a calibration file when one is given, and writes the
 * comparison record when a place for it is given. Everything is checked before any work; stopped, nothing is left.
 *
 * @throws InputError for bad input, before anything is written, or when another process writes the record
 * @throws Interrupted on abort
 * @throws RunError when the engine fails or a checkpoint changes meanwhile
 */
export async function compareCheckpoints(options: ComparisonOptions, context: RunContext): Promise<Comparison> {
  if (options.output !== undefined) checkSettings({ ...defaultSettings, ...options.output });
  const { record } = options;
  const series = await expandSeries(options.checkpoints);
  comparedPairs(series.folders.length, options.pairs);
  if (record === undefined) return compare(options, series, context);
  await checkPlaces(options, series.folders, record);
  const lock = await lockForComparison(record);
  try {
    // Another comparison may have been finished just before.
    await checkPlaces(options, series.folders, record);
    await settleComparison(record);
    return await compare(options, series, context);
  } finally {
    await lock.release();
  }
}

function compare(options: ComparisonOptions, series: ExpandedSeries, context: RunContext): Promise<Comparison> {
  return usingAdapters(context, (adapters) => compareWith(adapters, options, series, context));
}

async function compareWith(
  adapters: MergedAdapters,
  options: ComparisonOptions,
  series: ExpandedSeries,
  context: RunContext,
): Promise<Comparison> {
  const { onEvent } = context;
  const started = performance.now();
  const clock = new PhaseClock(onEvent);
  clock.begin('load');
  const loaded = await load(options, series, adapters, context);
  const { checkpoints, described, pairs, tensors, unshared, calibration, notes } = loaded;
  for (const text of notes) onEvent({ type: 'note', text });

  const id = randomUUID();
  const paths = options.record === undefined ? undefined : comparisonPaths(options.record);
  const sizes = { pairs: pairs.length, tensors, checkpoints: checkpoints.length };
  const specs = comparisonArraySpecs({
    ...sizes,
    output: calibration && { samples: outputSamples(calibration.samples), topTokens: topTokensOf(checkpoints) },
  });
  const arrays = paths && (await StagedArrays.create(paths.arrays, specs, new Map([[idKey, id]])));
  try {
    let output: ComparisonRecord['output'];
    if (calibration !== undefined) {
      clock.begin('measure');
      const work = { ...options.output!, files: calibration.files };
      output = await measureOutputs(work, checkpoints, calibration, context, (measured) => {
        for (const [name, values] of measured) arrays?.write(name, values);
      });
    }
    clock.begin('compare');
    const found = await differences(loaded, arrays, context);
    if (options.spectrum) {
      clock.begin('spectrum');
      await addSpectra(loaded, found, context);
    }
    for (const checkpoint of checkpoints) await checkUnchanged(checkpoint, 'while it was compared');
    clock.end();
    const record: ComparisonRecord = {
      schema: comparisonSchemaName,
      version: comparisonVersion,
      arrays: { file: paths === undefined ? '' : basename(paths.arrays), id },
      program,
      created: new Date().toISOString(),
      seconds: (performance.now() - started) / 1000,
      checkpoints: described,
      pairs,
      tensors,
      ...(unshared.length === 0 ? {} : { unshared }),
      differences: found,
      ...(output === undefined ? {} : { output }),
      notes: [...loaded.mergeNotes, ...notes],
    };
    if (found.some((list) => tensors.some((_, i) => list[i] === undefined))) {
      throw new RunError('The comparison left a tensor out.');
    }
    if (paths !== undefined) await writeComparison(paths.json, record, arrays!, options.overwrite);
    return { path: paths?.json, record };
  } finally {
    await arrays?.discard();
  }
}
