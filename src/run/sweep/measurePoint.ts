import type { Engine } from '../../engine/process/engine.ts';
import { type OpenRecord, readRecord } from '../../record/run/recordFile.ts';
import { recordHome, refuseRunning } from '../../record/run/recordLock.ts';
import type { MeasuredPoint } from '../../record/sweep/sweepRecord.ts';
import { checkProcesses } from '../../settings/runSettings.ts';
import { usingAdapters } from '../files/adapters.ts';
import type { RunContext } from '../progress/runContext.ts';
import { deviceEvent, PhaseClock } from '../progress/runEvents.ts';
import type { VerifyOptions } from '../verifyRun.ts';
import { keepPoint } from './keepPoint.ts';
import { PointMeasurer } from './pointMeasurer.ts';

/* Measures what a commit at some alpha and rho would give, without committing. */

/** How the engine is to work. */
export type EngineSettings = Pick<
  VerifyOptions,
  'device' | 'memoryBytes' | 'processes' | 'threads' | 'weights' | 'precision'
>;

export interface PointOptions extends EngineSettings {
  /** Path of the run record, `NAME.rejuvenation.json`. */
  readonly record: string;
  /** The record's own when left out. */
  readonly alpha?: number | undefined;
  /** The record's own when left out; 0: fusion only. */
  readonly rho?: number | undefined;
  /** Keeps the point in a sweep record beside the run record, too. */
  readonly keep?: boolean | undefined;
}

/**
 * The figures that `commit` and then `verify` would give, bit for bit. The checkpoint lies in a temporary folder while it
 * is measured; the record is not changed. Where the point was to be kept and could not be, a warning says so.
 *
 * @throws InputError for a rho beyond the record's, inputs that are no longer those of the record, or where the temporary
 *   folder has no room; before any work
 * @throws RunError when the engine fails or an input changes meanwhile; Interrupted on abort
 */
export async function measurePoint(options: PointOptions, context: RunContext): Promise<MeasuredPoint> {
  const { record: path, alpha, rho, keep, ...settings } = options;
  return usingAdapters(context, async (adapters) => {
    const home = await recordHome(path);
    await refuseRunning(home);
    const open = await readRecord(home);
    checkProcesses(settings);
    const own = open.record.settings;
    const at = { alpha: alpha ?? own.alpha, rho: rho ?? own.rho };
    const measurer = await PointMeasurer.open(open, [], adapters, context);
    measurer.check(at);
    const engine = await context.startEngine({ ...settings, signal: context.signal });
    try {
      const point = await measureOne(measurer, engine, at, context);
      if (keep === true) await keepOrWarn(open, point, engine, settings, measurer, context);
      return point;
    } finally {
      try {
        await engine.dispose();
      } finally {
        await measurer.close();
      }
    }
  });
}

async function measureOne(
  measurer: PointMeasurer,
  engine: Engine,
  at: { readonly alpha: number; readonly rho: number },
  { signal, onEvent }: RunContext,
): Promise<MeasuredPoint> {
  const clock = new PhaseClock(onEvent);
  try {
    onEvent(deviceEvent(engine));
    clock.begin('measure');
    const point = { ...at, selection: at.rho === 0 ? 'none' : 'attribution', seed: null, anchor: null } as const;
    return await measurer.measure(engine, point, {
      signal,
      onEvent,
      onProgress: (fraction) =>
        onEvent({ type: 'progress', phase: 'measure', done: Math.round(100 * fraction), total: 100, unit: 'steps' }),
    });
  } finally {
    clock.end();
  }
}

/** What was measured is not lost because it cannot be written. */
async function keepOrWarn(
  open: OpenRecord,
  point: MeasuredPoint,
  { device, products, runtimeVersion }: Engine,
  { memoryBytes, processes, threads, weights, precision }: EngineSettings,
  measurer: PointMeasurer,
  { onEvent }: RunContext,
): Promise<void> {
  const settings = { memoryBytes, processes, threads, weights, precision };
  const held = measurer.plan?.weights ?? null;
  try {
    await keepPoint(open, point, { device, products, runtimeVersion, ...settings, held });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    onEvent({ type: 'warning', text: `The point was measured, but is not kept beside the record: ${reason}` });
  }
}
