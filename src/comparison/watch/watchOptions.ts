import { InputError } from '../../errors.ts';
import type { ReadinessRow } from '../../record/readiness/readinessRecord.ts';
import type { RunContext } from '../../run/progress/runContext.ts';
import type { LinesPlan } from '../readiness/readinessOptions.ts';

/* What following a training is told, and what it tells. */

export interface WatchOptions {
  /** The training run's folder, in which steps appear. */
  readonly folder: string;
  /** The base that the training started from: measured once, and what adapters are merged into. */
  readonly base: string | undefined;
  readonly lines: LinesPlan;
  /** Where the record goes. One that is there is gone on with. */
  readonly out: string;
  /** Folder for event files of TensorBoard; undefined: none are written. */
  readonly tensorboard: string | undefined;
  /** Seconds from one look to the next. */
  readonly every: number;
  /** Seconds for which a step's files must stay as they are. */
  readonly settle: number;
  /** Measures what is there, and ends. */
  readonly once: boolean;
  /** Ends when this step, or a later one, has been measured. */
  readonly until: number | undefined;
}

/** Time, as tests make it. */
export interface WatchClock {
  /** Milliseconds; never goes back. */
  now(): number;
  /** Waits. @throws when the signal aborts */
  wait(seconds: number, signal: AbortSignal): Promise<void>;
}

export interface WatchContext extends RunContext {
  /** Hears of each row once the record that has it is on the disk. */
  onRow(row: ReadinessRow): Promise<void> | void;
  readonly clock?: WatchClock | undefined;
}

/** @throws InputError naming the first option that is out of range */
export function checkWatchOptions({ every, settle, once, until, lines }: WatchOptions): void {
  if (!(every > 0 && every <= 86_400)) throw new InputError('--every must lie above 0 and up to 86400 seconds.');
  if (!(settle >= 0 && settle <= 86_400)) throw new InputError('--settle must lie between 0 and 86400 seconds.');
  if (once && until !== undefined) throw new InputError('--once ends at once, and --until later: give one of them.');
  if (lines.training.length + lines.heldOut.length === 0) {
    throw new InputError('There is nothing to measure on: give --calibration, --held-out, or both.');
  }
}
