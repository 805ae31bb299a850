import { setImmediate } from 'node:timers/promises';
import { Interrupted } from '../../errors.ts';
import type { EngineProgress, PlannedWork } from '../../protocol/engine.ts';
import type { PeakMemory } from './peakMemory.ts';

/* What a request's work in the engine reports and asks for: progress, plans, notes, the next samples. */

/** What a request's work reports to and listens to. */
export interface Work {
  readonly cancelled: () => boolean;
  readonly report: (progress: EngineProgress) => void;
  readonly planned: (planned: PlannedWork) => void;
  /** Tells the user something, in a sentence. */
  readonly note: (text: string) => void;
  /**
   * Positions of the samples to work on next, ascending, as many as make whole batches of at most so many samples, but one
   * batch at least; none when all are finished. Ask while there is still something
   * to do: the answer takes its time, and with it the runtime would stand idle.
   */
  readonly deal: (atMost: number) => Promise<readonly number[]>;
}

/** Counts steps, reports them, and lets a cancellation in between: the runtime holds the thread while it runs. */
export class Steps {
  readonly #work: Work;
  readonly #memory: PeakMemory;
  #total: number;
  #done = 0;

  constructor(work: Work, memory: PeakMemory, total: number) {
    this.#work = work;
    this.#memory = memory;
    this.#total = total;
  }

  /** @throws Interrupted when the request was cancelled. */
  async next(activity: EngineProgress['activity'], steps = 1): Promise<void> {
    this.#memory.look();
    this.#done += steps;
    this.#work.report({ activity, done: Math.min(this.#done, this.#total), total: this.#total });
    await setImmediate();
    if (this.#work.cancelled()) throw new Interrupted('Cancelled.');
  }

  /** The plan has changed: as large a share is done, of another total. */
  restart(total: number): void {
    this.#done = Math.floor((this.#done / Math.max(1, this.#total)) * total);
    this.#total = total;
  }
}
