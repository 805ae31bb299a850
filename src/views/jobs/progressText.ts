import type { Phase } from '../../record/phases.ts';
import type { RunEvent } from '../../run/progress/runEvents.ts';
import { timeLeft } from '../../run/progress/timeLeft.ts';
import { showBytes } from '../../settings/memorySize.ts';

/* The progress of a job as one line. */

/** How far a job is. */
export interface JobProgress {
  readonly phase: Phase;
  /** `base entropy, 12 of 64, about 20 s left`. */
  readonly text: string;
  /** Share of the phase that is done, 0…1; undefined while it is not known. */
  readonly fraction: number | undefined;
}

function amount(event: Extract<RunEvent, { type: 'progress' }>): string {
  if (event.unit !== 'bytes') return `${Math.floor(event.done)} of ${event.total}`;
  return `${showBytes(event.done)} of ${showBytes(event.total)}`;
}

/** Turns run events into one line of progress, with the time left in the phase at the pace so far. */
export class ProgressText {
  #phase: Phase | undefined;
  #since = 0;

  /** @param now milliseconds, from a clock that does not jump. @returns undefined when there is nothing new to show */
  next(event: RunEvent, now: number): JobProgress | undefined {
    if (event.type === 'phase') {
      this.#phase = event.phase;
      this.#since = now;
      return { phase: event.phase, text: event.phase, fraction: undefined };
    }
    if (event.type !== 'progress') return undefined;
    if (event.phase !== this.#phase) {
      this.#phase = event.phase;
      this.#since = now;
    }
    if (event.total === 0) return { phase: event.phase, text: event.phase, fraction: undefined };
    const fraction = Math.min(event.done / event.total, 1);
    const left = timeLeft(fraction, (now - this.#since) / 1000);
    const text = `${event.phase}, ${amount(event)}${left === undefined ? '' : `, ${left} left`}`;
    return { phase: event.phase, text, fraction };
  }
}
