import { processorMs } from '../../processorTime.ts';

/* How long a thread has computed on one row, or at opening one file. */

/** Where the thread is at a look. */
interface Look {
  /** Odd while a row is worked on, or a file opened; another for each. */
  readonly turn: number;
}

/**
 * Counts by looks at the thread at even intervals, and at most the time that the process has computed in between: a machine that
 * slept, has many other things to do, or waits for its disk, is not held up by a row.
 */
export class HeldTime {
  readonly #interval: number;
  readonly #computed: () => number;
  #turn = 0;
  #last: number;
  #held = 0;

  /**
   * @param interval from look to look, milliseconds
   * @param computed what the process has computed since it began, milliseconds of processor time
   */
  constructor(interval: number, computed: () => number = processorMs) {
    this.#interval = interval;
    this.#computed = computed;
    this.#last = computed();
  }

  /** @returns milliseconds that the thread has computed on what it was already at when it was looked at before; 0 where that is another */
  look({ turn }: Look): number {
    const now = this.#computed();
    const spent = Math.min(now - this.#last, this.#interval);
    this.#held = turn % 2 === 1 && turn === this.#turn ? this.#held + spent : 0;
    this.#turn = turn;
    this.#last = now;
    return this.#held;
  }
}
