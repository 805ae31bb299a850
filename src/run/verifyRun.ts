import { realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { CalibrationSample } from '../calibration/sample.ts';
import { tokenTexts } from '../calibration/tokenizer/tokenTexts.ts';
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { openCheckpoint } from '../checkpoint/openCheckpoint.ts';
import { InputError } from '../errors.ts';
import { shown } from '../files/reading/shown.ts';
import { intArray, type RecordArray } from '../record/arrays.ts';
import { type OpenRecord, readRecord, writeRecord } from '../record/run/recordFile.ts';
import type { Measurement, RunRecord } from '../record/run/runRecord.ts';
import { targetRows } from '../record/run/targetRows.ts';
import type { DeviceChoice } from '../settings/devices.ts';
import { checkProcesses } from '../settings/runSettings.ts';
import type { WeightStorage } from '../settings/weightStorage.ts';
import { measurement, measurementArrays } from './attribution/assembleRecord.ts';
import { measureCheckpoint } from './attribution/runMeasures.ts';
import { tokenTable } from './attribution/tokenTable.ts';
import type { RunContext } from './progress/runContext.ts';
import { deviceEvent, PhaseClock } from './progress/runEvents.ts';

export interface VerifyOptions {
  readonly record: string;
  readonly checkpoints: readonly string[];
  readonly device: DeviceChoice;
  readonly memoryBytes: number;
  readonly processes: number;
  readonly threads: number;
  readonly weights: WeightStorage;
  /** Add the measurements to the record. */
  readonly save: boolean;
}

/** The record's calibration as the engine needs it. */
export function calibrationSamples({ record, arrays }: OpenRecord): CalibrationSample[] {
  const ids = intArray(arrays, 'samples.ids');
  return record.samples.map(({ line, promptLength, firstId, tokens }, index) => ({
    index,
    line,
    promptLength,
    ids: Uint32Array.from(ids.subarray(firstId, firstId + tokens)),
  }));
}

async function checkTokens(checkpoint: Checkpoint, record: RunRecord, save: boolean): Promise<void> {
  const { ids, texts } = record.tokens;
  const { vocabSize } = checkpoint.architecture;
  const largest = ids.at(-1) ?? -1;
  if (largest >= vocabSize) {
    throw new InputError(
      `"${checkpoint.folder}" has ${vocabSize} tokens, but the record uses token ${largest}: it has another tokenizer.`,
    );
  }
  const own = await tokenTexts(checkpoint.tokenizerPath, ids);
  const other = ids.findIndex((id, position) => own.get(id) !== texts[position]);
  if (other >= 0) {
    throw new InputError(
      `"${checkpoint.folder}" has another tokenizer than the record: token ${ids[other]} is ` +
        `${shown(own.get(ids[other]!) ?? '')} there, ${shown(texts[other])} in the record.`,
    );
  }
  if (save && vocabSize > record.architecture.vocabSize) {
    throw new InputError(
      `"${checkpoint.folder}" has ${vocabSize} tokens, the record ${record.architecture.vocabSize}: ` +
        'it can be measured, but not saved into this record.',
    );
  }
}

async function samePath(one: string, other: string): Promise<boolean> {
  const real = (path: string) => realpath(path).catch(() => path);
  return (await real(one)) === (await real(other));
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

/**
 * Teacher-forces any checkpoints on the record's own token ids.
 *
 * @returns the record (as saved, with `save`) and the measurements, in the order of the checkpoints
 * @throws InputError when a checkpoint cannot be read or has another tokenizer; before any work
 */
export async function verifyRun(
  options: VerifyOptions,
  { onEvent, signal, startEngine }: RunContext,
): Promise<{ readonly open: OpenRecord; readonly measured: readonly Measurement[] }> {
  const open = await readRecord(options.record);
  const { record, layout } = open;
  checkProcesses(options);
  const checkpoints: Checkpoint[] = [];
  for (const folder of options.checkpoints) {
    const checkpoint = await openCheckpoint(folder);
    await checkTokens(checkpoint, record, options.save);
    checkpoints.push(checkpoint);
  }
  const samples = calibrationSamples(open);
  const rows = targetRows(record.samples, intArray(open.arrays, 'targets.row'));
  const measurements = [...record.measurements];
  const arrays = new Map<string, RecordArray>(open.arrays);
  const measured: Measurement[] = [];

  const clock = new PhaseClock(onEvent);
  const { device, memoryBytes, processes, threads, weights } = options;
  const engine = await startEngine({ device, memoryBytes, processes, threads, weights, signal });
  try {
    onEvent(deviceEvent(engine));
    for (const { folder } of checkpoints) {
      clock.begin('measure');
      const { topTokens } = record.settings;
      const work = { engine, folder, samples, topTokens, phase: 'measure', signal, onEvent } as const;
      const { measures } = await measureCheckpoint(work);
      const name = await nameFor(folder, measurements);
      const known = measurements.findIndex((entry) => entry.name === name);
      const position = known < 0 ? measurements.length : known;
      for (const [array, values] of measurementArrays(position, measures)) arrays.set(array, values);
      measurements[position] = measurement(name, folder, position, arrays, rows);
      measured.push(measurements[position]);
    }
  } finally {
    await engine.dispose();
  }
  clock.end();
  if (!options.save) return { open, measured };
  const tokenizer = checkpoints[0]!.tokenizerPath;
  const draft = {
    ...record,
    measurements,
    tokens: await tokenTable(arrays, record.architecture.vocabSize, tokenizer),
  };
  const saved = await writeRecord(open.path, draft, layout, arrays);
  return { open: { path: open.path, record: saved, layout, arrays }, measured };
}
