import { readRecord } from '../../record/run/recordFile.ts';
import { recordHome, refuseRunning } from '../../record/run/recordLock.ts';
import type { MeasuredPoint } from '../../record/sweep/sweepRecord.ts';
import { checkProcesses } from '../../settings/runSettings.ts';
import { usingAdapters } from '../files/adapters.ts';
import type { RunContext } from '../progress/runContext.ts';
import { deviceEvent, PhaseClock } from '../progress/runEvents.ts';
import type { VerifyOptions } from '../verifyRun.ts';
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
}

/**
 * The figures that `commit` and then `verify` would give, bit for bit. The checkpoint lies in a temporary folder while it
 * is measured; the record is not changed.
 *
 * @throws InputError for a rho beyond the record's, inputs that are no longer those of the record, or where the temporary
 *   folder has no room; before any work
 * @throws RunError when the engine fails or an input changes meanwhile; Interrupted on abort
 */
export async function measurePoint(options: PointOptions, context: RunContext): Promise<MeasuredPoint> {
  const { record: path, alpha, rho, ...settings } = options;
  const { signal, onEvent } = context;
  return usingAdapters(context, async (adapters) => {
    const home = await recordHome(path);
    await refuseRunning(home);
    const open = await readRecord(home);
    checkProcesses(settings);
    const own = open.record.settings;
    const at = { alpha: alpha ?? own.alpha, rho: rho ?? own.rho };
    const measurer = await PointMeasurer.open(open, [], adapters, context);
    measurer.check(at);
    const engine = await context.startEngine({ ...settings, signal });
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
      try {
        await engine.dispose();
      } finally {
        await measurer.close();
      }
    }
  });
}
