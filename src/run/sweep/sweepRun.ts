import { sourcesOf } from '../../checkpoint/checkpoint.ts';
import type { CheckpointPair } from '../../checkpoint/pair.ts';
import type { Engine } from '../../engine/process/engine.ts';
import { Lock } from '../../files/locks/lock.ts';
import { modifiedMs } from '../../files/reading/fileIdentity.ts';
import { shownCount } from '../../files/reading/shown.ts';
import { scratchFolder } from '../../files/writing/scratchFile.ts';
import type { MergedAdapters } from '../../merge/mergedAdapters.ts';
import { calibrationPaths } from '../../record/calibrationInputs.ts';
import { type OpenRecord, readRecord } from '../../record/run/recordFile.ts';
import { recordHome, refuseRunning } from '../../record/run/recordLock.ts';
import { recordPaths } from '../../record/run/recordPaths.ts';
import { runIdentity } from '../../record/run/runIdentity.ts';
import { sweepPaths, writeSweep } from '../../record/sweep/sweepFile.ts';
import type { MeasuredPoint, SweepPoint, SweepRecord } from '../../record/sweep/sweepRecord.ts';
import { showBytes } from '../../settings/memorySize.ts';
import { program } from '../../settings/programInfo.ts';
import { checkProcesses } from '../../settings/runSettings.ts';
import { type Control, checkSeeds, checkSweepValues } from '../../settings/sweepSettings.ts';
import { usingAdapters } from '../files/adapters.ts';
import { checkApart, checkOutput, type Output } from '../files/outputPaths.ts';
import type { RunContext } from '../progress/runContext.ts';
import { deviceEvent, PhaseClock } from '../progress/runEvents.ts';
import { showDuration } from '../progress/timeLeft.ts';
import { warnOfHardware } from '../shards/shardPins.ts';
import { emptySweep } from './keepPoint.ts';
import type { EngineSettings } from './measurePoint.ts';
import { PointMeasurer, type SamplePoint } from './pointMeasurer.ts';
import { sweepPathFor } from './runSweeps.ts';
import { SweepLog } from './sweepLog.ts';
import { plannedPoints } from './sweepPlan.ts';
import { readSweepShards } from './sweepShards.ts';

/* Measures a run record at many alphas and rhos, and at controls, and writes the sweep record. */

export interface SweepOptions extends EngineSettings {
  /** Path of the run record. */
  readonly record: string;
  readonly alphas: readonly number[];
  readonly rhos: readonly number[];
  readonly controls: readonly Control[];
  /** Random controls, each with a seed of its own. */
  readonly seeds: number;
  /** Checkpoints to fuse with and reset to besides the base. */
  readonly anchors: readonly string[];
  /** Where the sweep record goes; beside the run record, by its name, when left out. */
  readonly out?: string | undefined;
  /** Files that the caller writes from the record afterwards: their places are checked with the others. */
  readonly beside?: readonly Output[] | undefined;
  readonly overwrite: boolean;
  /** Folder of what shards measured, which is read instead of measuring. */
  readonly partials?: string | undefined;
  /** Measures what is sampled at each point, what tells its results from those of other settings, and what was read. */
  readonly sampling?:
    | { readonly sample: SamplePoint; readonly fingerprint: unknown; readonly files: readonly string[] }
    | undefined;
}

export interface SweepContext extends RunContext {
  /** A point is measured, or was by an earlier sweep that was stopped; its anchor is a position in `anchors`. */
  onPoint?(point: MeasuredPoint, anchors: SweepRecord['anchors']): void;
}

type Anchors = SweepRecord['anchors'];

/** Anchors as the record lists them. */
export function anchorsOf(pairs: readonly CheckpointPair[]): Anchors {
  return pairs.slice(1).map(({ base }) => ({
    folder: base.folder,
    files: sourcesOf(base).files.map(({ name, identity }) => ({
      name,
      bytes: identity.bytes,
      modified: new Date(modifiedMs(identity)).toISOString(),
    })),
  }));
}

function planNotes(points: readonly SweepPoint[], { record }: OpenRecord, bytes: number): string[] {
  const count = (selection: SweepPoint['selection']) => points.filter((each) => each.selection === selection).length;
  const parts = [
    `${count('attribution')} with reset`,
    `${count('none')} of fusion only`,
    ...(count('drift') === 0 ? [] : [`${count('drift')} with the neurons that SFT changed most`]),
    ...(count('random') === 0 ? [] : [`${count('random')} with random neurons`]),
  ];
  const anchored = points.filter(({ anchor }) => anchor !== null).length;
  return [
    `${shownCount(points.length, 'point')}: ${parts.join(', ')}${anchored === 0 ? '' : `; ${anchored} of them anchored to another checkpoint`}. ` +
      `One temporary checkpoint at a time (${showBytes(bytes)}) lies in "${scratchFolder()}"; none is left.`,
    ...(record.samples.some(({ heldOut }) => heldOut)
      ? []
      : [
          'The record holds no samples out: what the repair costs is measured on the lines that chose its targets. Attribute with --holdout to tell them apart.',
        ]),
  ];
}

/** Measures all points that the log does not hold. */
async function measureAll(
  points: readonly SweepPoint[],
  log: SweepLog,
  measurer: PointMeasurer,
  engine: Engine,
  anchors: Anchors,
  { signal, onEvent, onPoint }: SweepContext,
  sample: SamplePoint | undefined,
): Promise<MeasuredPoint[]> {
  const total = points.length;
  const missing = points.filter((point) => log.found(point) === undefined).length;
  if (missing < total)
    onEvent({ type: 'note', text: `${total - missing} of ${total} points were measured before and are taken over.` });
  const measured: MeasuredPoint[] = [];
  let left = missing;
  for (const point of points) {
    const known = log.found(point);
    const done = measured.length;
    const progress = (share: number) =>
      onEvent({ type: 'progress', phase: 'sweep', done: done + share, total, unit: 'points' });
    const found = known ?? (await measurer.measure(engine, point, { signal, onEvent, onProgress: progress }, sample));
    if (known === undefined) {
      log.add(found);
      if (left-- === missing && left > 0) {
        const text = `The first point took ${found.seconds.toFixed(1)} s; the rest, at that pace: ${showDuration(left * found.seconds)}.`;
        onEvent({ type: 'note', text });
      }
    }
    measured.push(found);
    progress(1);
    onPoint?.(found, anchors);
  }
  return measured;
}

/** A sweep that is ready to begin. */
export interface PreparedSweep {
  readonly open: OpenRecord;
  readonly measurer: PointMeasurer;
  readonly points: readonly SweepPoint[];
  /** Inputs, none of which an output may replace. */
  readonly inputs: readonly string[];
}

/** Opens and checks what a sweep needs. @throws as {@link sweepRun} */
export async function preparedSweep(
  options: SweepOptions,
  adapters: MergedAdapters,
  context: RunContext,
): Promise<PreparedSweep> {
  const home = await recordHome(options.record);
  await refuseRunning(home);
  const open = await readRecord(home);
  checkProcesses(options);
  checkSweepValues('alpha', options.alphas);
  checkSweepValues('rho', options.rhos);
  checkSeeds(options.seeds);
  const { base, sft } = open.record.inputs;
  const measurer = await PointMeasurer.open(open, options.anchors, adapters, context);
  const folders = [base.folder, sft.folder, ...measurer.pairs.map((pair) => pair.base.folder)];
  const files = [home, recordPaths(home).arrays, ...calibrationPaths(open.record.inputs.calibration)];
  const points = plannedPoints({ ...options, anchors: options.anchors.length });
  for (const point of points) measurer.check(point);
  return { open, measurer, points, inputs: [...folders, ...files, ...(options.sampling?.files ?? [])] };
}

/**
 * Sweeps a record. What is measured is kept as it comes: stopped or killed at any point, the same command goes on. Where
 * shards have measured the points, they are read instead.
 *
 * @returns the sweep record as written, and its path
 * @throws InputError for bad input, before any work
 * @throws RunError when the engine fails or an input changes meanwhile; Interrupted on abort. Finished points are kept
 */
export async function sweepRun(
  options: SweepOptions,
  context: SweepContext,
): Promise<{ readonly path: string; readonly record: SweepRecord }> {
  return usingAdapters(context, async (adapters) => {
    const home = await recordHome(options.record);
    const { json, lock } = sweepPaths(options.out ?? sweepPathFor(home));
    const prepared = await preparedSweep(options, adapters, context);
    const outputs: Output[] = [{ what: 'sweep record', path: json, kind: 'file' }, ...(options.beside ?? [])];
    for (const output of outputs) await checkOutput(output, prepared.inputs, options.overwrite);
    await checkApart(outputs);
    const what = `The sweep record "${json}"`;
    return Lock.during(lock, { what, work: 'another sweep', long: true }, async () => {
      try {
        if (options.partials !== undefined) return await join(options, options.partials, prepared, json, context);
        return await sweep(options, context, prepared, json);
      } finally {
        await prepared.measurer.close();
      }
    });
  });
}

/** Writes the record from what shards measured. */
async function join(
  options: SweepOptions,
  partials: string,
  { open, measurer, points }: PreparedSweep,
  path: string,
  { onEvent }: SweepContext,
): Promise<{ readonly path: string; readonly record: SweepRecord }> {
  const { memoryBytes, processes, threads, weights, precision } = options;
  const anchors = anchorsOf(measurer.pairs);
  const asked = { record: runIdentity(open), points, anchors, sampling: options.sampling?.fingerprint ?? null };
  const found = await readSweepShards(partials, { ...asked, weights, precision });
  warnOfHardware(found.hardware, onEvent);
  const { device, runtimeVersion, products } = found.engine;
  const settings = { memoryBytes, processes, threads, weights, precision };
  const how = { device, runtimeVersion, products, ...settings, held: found.held };
  const record: SweepRecord = { ...emptySweep(open, asked.record, how), anchors, points: [...found.points] };
  await writeSweep(path, record, options.overwrite);
  return { path, record };
}

async function sweep(
  options: SweepOptions,
  context: SweepContext,
  { open, measurer, points }: PreparedSweep,
  path: string,
): Promise<{ readonly path: string; readonly record: SweepRecord }> {
  const { device, memoryBytes, processes, threads, weights, precision, sampling } = options;
  const { signal, onEvent } = context;
  for (const text of planNotes(points, open, await measurer.neededBytes())) onEvent({ type: 'note', text });
  const anchors = anchorsOf(measurer.pairs);
  const identity = runIdentity(open);
  const settings = { memoryBytes, processes, threads, weights, precision };
  const engine = await context.startEngine({ device, ...settings, signal });
  const clock = new PhaseClock(onEvent);
  let log: SweepLog | undefined;
  try {
    onEvent(deviceEvent(engine));
    const { products, runtimeVersion } = engine;
    log = new SweepLog(sweepPaths(path).partial, {
      record: identity,
      program: program.version,
      runtime: runtimeVersion,
      device: engine.device,
      products,
      ...settings,
      anchors,
      sampling: sampling?.fingerprint ?? null,
    });
    if (log.note !== undefined) onEvent({ type: 'note', text: log.note });
    clock.begin('sweep');
    const measured = await measureAll(points, log, measurer, engine, anchors, context, sampling?.sample);
    clock.end();
    const how = { device: engine.device, runtimeVersion, products, ...settings, held: measurer.plan?.weights ?? null };
    const record: SweepRecord = { ...emptySweep(open, identity, how), anchors, points: measured };
    await writeSweep(path, record, options.overwrite);
    const left = await log.remove();
    if (left !== undefined) onEvent({ type: 'note', text: left });
    return { path, record };
  } finally {
    try {
      log?.close();
    } finally {
      await engine.dispose();
    }
  }
}
