import { basename, dirname, join } from 'node:path';
import type { CalibrationSample } from '../calibration/sample.ts';
import { isAdapterFolder } from '../checkpoint/adapter/openAdapter.ts';
import { type Checkpoint, placeOf } from '../checkpoint/checkpoint.ts';
import { locateCheckpoint } from '../checkpoint/folder/locateCheckpoint.ts';
import { openCheckpoint } from '../checkpoint/openCheckpoint.ts';
import { checkUnchanged } from '../checkpoint/unchanged.ts';
import { InputError } from '../errors.ts';
import type { MergedAdapters } from '../merge/mergedAdapters.ts';
import type { SampleMeasures } from '../protocol/engine.ts';
import { intArray, type RecordArray } from '../record/arrays/arrays.ts';
import { type OpenRecord, readRecord, writeRecord } from '../record/run/recordFile.ts';
import { recordHome, refuseRunning, updatingRecord } from '../record/run/recordLock.ts';
import type { Measurement } from '../record/run/runRecord.ts';
import { heldOutRows, targetRows } from '../record/run/targetRows.ts';
import type { DeviceChoice } from '../settings/devices.ts';
import type { Precision } from '../settings/precision.ts';
import { checkProcesses } from '../settings/runSettings.ts';
import type { WeightStorage } from '../settings/weightStorage.ts';
import { measurement, measurementArrays } from './attribution/assembleRecord.ts';
import { measureCheckpoint } from './attribution/runMeasures.ts';
import { tokenTable } from './attribution/tokenTable.ts';
import { mergeContext, usingAdapters } from './files/adapters.ts';
import { checkWritable, isSameRun } from './files/recordUpdate.ts';
import type { RunContext } from './progress/runContext.ts';
import { deviceEvent, PhaseClock } from './progress/runEvents.ts';
import {
  heldToRecord,
  samePath,
  tokenizerFor,
  type VerifiedCheckpoint,
  verifiedCheckpoint,
} from './verification/verifiedCheckpoint.ts';
import { readVerified } from './verification/verifyShards.ts';

/* Measures any checkpoints on the calibration of a run record. */

export interface VerifyOptions {
  readonly record: string;
  readonly checkpoints: readonly string[];
  readonly device: DeviceChoice;
  readonly memoryBytes: number;
  readonly processes: number;
  readonly threads: number;
  readonly weights: WeightStorage;
  readonly precision: Precision;
  /** Add the measurements to the record. */
  readonly save: boolean;
  /** Folder of what shards measured, which is read instead of measuring. */
  readonly partials?: string | undefined;
}

/** The record's calibration as the engine needs it. */
export function calibrationSamples({ record, arrays }: OpenRecord): CalibrationSample[] {
  const ids = intArray(arrays, 'samples.ids');
  return record.samples.map(({ file, line, responses, firstId, tokens }, index) => ({
    index,
    ...(file === undefined ? {} : { file }),
    line,
    responses,
    ids: Uint32Array.from(ids.subarray(firstId, firstId + tokens)),
  }));
}

/** The name a checkpoint has in the record, or a free one after its folder. */
async function nameFor(folder: string, known: readonly Measurement[]): Promise<string> {
  for (const entry of known) if (await samePath(entry.folder, folder)) return entry.name;
  const taken = new Set(known.map(({ name }) => name));
  const short = basename(folder);
  if (!taken.has(short)) return short;
  const long = join(basename(dirname(folder)), short);
  return taken.has(long) ? folder : long;
}

/** A checkpoint's measures. */
interface Measured {
  readonly folder: string;
  readonly measures: readonly SampleMeasures[];
}

/** A record with the measures of checkpoints, each in place of its earlier ones or after all others. */
async function withMeasures(
  open: OpenRecord,
  found: readonly Measured[],
): Promise<OpenRecord & { measured: Measurement[] }> {
  const { record } = open;
  const rows = targetRows(record.samples, intArray(open.arrays, 'targets.row'));
  const heldOut = heldOutRows(record.samples);
  const measurements = [...record.measurements];
  const arrays = new Map<string, RecordArray>(open.arrays);
  const measured: Measurement[] = [];
  for (const { folder, measures } of found) {
    const name = await nameFor(folder, measurements);
    const known = measurements.findIndex((entry) => entry.name === name);
    const position = known < 0 ? measurements.length : known;
    for (const [array, values] of measurementArrays(position, measures)) arrays.set(array, values);
    measurements[position] = measurement(name, folder, position, arrays, rows, heldOut);
    measured.push(measurements[position]);
  }
  return { ...open, record: { ...record, measurements }, arrays, measured };
}

/** Checks, before anything is measured, that the record can be saved to: by taking its lock, and giving it back. */
async function checkSaving(path: string): Promise<void> {
  await updatingRecord(path, 'a verification', () => checkWritable(path));
}

/** Adds the measures to what the record holds by now. The caller must hold its lock. */
async function save(
  { path, record }: OpenRecord,
  found: readonly Measured[],
  tokenizerPath: string,
  checkpoints: readonly VerifiedCheckpoint[],
  signal: AbortSignal,
): Promise<{ readonly open: OpenRecord; readonly measured: readonly Measurement[] }> {
  await checkWritable(path);
  const now = await readRecord(path);
  if (!isSameRun(now.record, record)) {
    throw new InputError(`"${path}" was replaced meanwhile by the record of another run: nothing was saved.`);
  }
  const { measured, arrays, layout, record: updated } = await withMeasures(now, found);
  const tokens = await tokenTable(arrays, updated.architecture.vocabSize, tokenizerPath, signal);
  for (const { checkpoint } of checkpoints) await checkUnchanged(checkpoint, 'while it was measured');
  const saved = await writeRecord(path, { ...updated, tokens }, layout, arrays);
  return { open: { path, record: saved, layout, arrays }, measured };
}

/**
 * Teacher-forces any checkpoints on the record's own token ids.
 *
 * @returns the record (as saved, with `save`) and the measurements, in the order of the checkpoints
 * @throws InputError when a checkpoint cannot be read or has another tokenizer, or, with `save`, the record cannot be
 *   written; before any work
 * @throws Interrupted on abort
 * @throws RunError when the engine fails or a checkpoint changes meanwhile; nothing is saved then
 */
export async function verifyRun(
  options: VerifyOptions,
  context: RunContext,
): Promise<{ readonly open: OpenRecord; readonly measured: readonly Measurement[] }> {
  return usingAdapters(context, (adapters) => verifyWith(adapters, options, context));
}

/** What is to be measured, checked. */
export interface PreparedVerification {
  readonly open: OpenRecord;
  readonly checkpoints: readonly VerifiedCheckpoint[];
  readonly clock: PhaseClock;
}

/** Opens the record and the checkpoints that are to be measured on it. @throws InputError as {@link verifyRun} */
export async function preparedVerification(
  adapters: MergedAdapters,
  options: Pick<VerifyOptions, 'record' | 'checkpoints' | 'processes' | 'threads' | 'save'>,
  { onEvent, signal }: RunContext,
): Promise<PreparedVerification> {
  const home = await recordHome(options.record);
  if (options.save) await refuseRunning(home);
  const open = await readRecord(home);
  const { record } = open;
  checkProcesses(options);
  const checkpoints: VerifiedCheckpoint[] = [];
  const clock = new PhaseClock(onEvent);
  let base: Checkpoint | undefined;
  const openOne = async (folder: string): Promise<Checkpoint> => {
    const held = (checkpoint: Checkpoint) => heldToRecord(checkpoint, record, signal);
    if (!(await isAdapterFolder(folder))) return held(await openCheckpoint(folder));
    const under = base ?? (await held(await openCheckpoint(record.inputs.base.folder)));
    base = under;
    clock.begin('load');
    return held(await adapters.open(folder, under, mergeContext({ onEvent, signal })));
  };
  for (const named of options.checkpoints) {
    const { folder, notes } = await locateCheckpoint(named);
    for (const text of notes) onEvent({ type: 'note', text });
    checkpoints.push(await verifiedCheckpoint(folder, open, options.save, openOne, signal));
  }
  return { open, checkpoints, clock };
}

async function verifyWith(
  adapters: MergedAdapters,
  options: VerifyOptions,
  context: RunContext,
): Promise<{ readonly open: OpenRecord; readonly measured: readonly Measurement[] }> {
  const { signal } = context;
  const { open, checkpoints, clock } = await preparedVerification(adapters, options, context);
  const tokenizerPath = options.save ? await tokenizerFor(open.record, checkpoints) : undefined;
  if (options.save) await checkSaving(open.path);
  const found = await measuresOf(open, checkpoints, options, clock, context);
  if (tokenizerPath === undefined) return { open, measured: (await withMeasures(open, found)).measured };
  return updatingRecord(open.path, 'a verification', () => save(open, found, tokenizerPath, checkpoints, signal));
}

/** What the checkpoints give on the record's samples: measured now, or by shards before. */
async function measuresOf(
  open: OpenRecord,
  checkpoints: readonly VerifiedCheckpoint[],
  { device, memoryBytes, processes, threads, weights, precision, partials }: VerifyOptions,
  clock: PhaseClock,
  { onEvent, signal, startEngine }: RunContext,
): Promise<readonly Measured[]> {
  const samples = calibrationSamples(open);
  const { topTokens } = open.record.settings;
  const found: Measured[] = [];
  if (partials !== undefined) {
    for (const [position, verified] of checkpoints.entries()) {
      const measures = await readVerified(verified, position, partials, weights, { samples, topTokens });
      found.push({ folder: verified.checkpoint.folder, measures });
    }
    return found;
  }
  const engine = await startEngine({ device, memoryBytes, processes, threads, weights, precision, signal });
  try {
    onEvent(deviceEvent(engine));
    for (const { checkpoint, completion } of checkpoints) {
      const { folder } = checkpoint;
      clock.begin('measure');
      const place = placeOf(checkpoint);
      const phase = 'measure';
      const work = { engine, folder, place, completion, samples, topTokens, phase, signal, onEvent } as const;
      const { measures } = await measureCheckpoint(work);
      await checkUnchanged(checkpoint, 'while it was measured');
      found.push({ folder, measures });
    }
  } finally {
    await engine.dispose();
  }
  clock.end();
  return found;
}
