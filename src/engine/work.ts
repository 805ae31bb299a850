import { setImmediate } from 'node:timers/promises';
import { Interrupted } from '../errors.ts';
import type { EngineProgress } from '../protocol/engine.ts';

/** What a request's work reports to and listens to. */
export interface Work {
  readonly cancelled: () => boolean;
  readonly report: (progress: EngineProgress) => void;
  /**
   * Positions of the samples to work on next, ascending; none when all are finished. Ask while there is still something
   * to do: the answer takes its time, and with it the runtime would stand idle.
   */
  readonly deal: (atMost: number) => Promise<readonly number[]>;
}

/** Counts steps, reports them, and lets a cancellation in between: the runtime holds the thread while it runs. */
export class Steps {
  readonly #work: Work;
  readonly #total: number;
  #done = 0;

  constructor(work: Work, total: number) {
    this.#work = work;
    this.#total = total;
  }

  /** @throws Interrupted when the request was cancelled. */
  async next(activity: EngineProgress['activity'], steps = 1): Promise<void> {
    this.#done += steps;
    this.#work.report({ activity, done: this.#done, total: this.#total });
    await setImmediate();
    if (this.#work.cancelled()) throw new Interrupted('Cancelled.');
  }
}
