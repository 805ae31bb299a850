import type { RankAnswer, RankRequest } from './rankThread.ts';

/**
 * Ranks samples one after the other beside the work on those that follow. One is under way at most: the next is handed
 * over when it is done.
 */
export class RankingQueue {
  readonly #rank: (request: RankRequest) => Promise<RankAnswer>;
  #last: Promise<void> = Promise.resolve();
  readonly #failed: Promise<never>;
  #fail!: (reason: unknown) => void;

  constructor(rank: (request: RankRequest) => Promise<RankAnswer>) {
    this.#rank = rank;
    this.#failed = new Promise((_, reject) => {
      this.#fail = reject;
    });
    // Told to whoever waits.
    this.#failed.catch(() => undefined);
  }

  /**
   * Hands a sample over once the one before is done.
   * @param take is given the ranking; what it throws is the queue's failure
   * @throws what went wrong with an earlier sample
   */
  async add(request: RankRequest, take: (ranking: RankAnswer) => Promise<void>): Promise<void> {
    await this.#last;
    this.#last = this.#rank(request).then(take);
    this.#last.catch(this.#fail);
  }

  /** Waits for the last sample. @throws what went wrong with any */
  async finish(): Promise<void> {
    await this.#last;
  }

  /**
   * Waits for something that may itself wait for the samples under way. @throws what went wrong with any of them: without
   * this, a ranking that failed would be waited for forever.
   */
  during<Value>(awaited: Promise<Value>): Promise<Value> {
    const either = Promise.race([awaited, this.#failed]);
    // Asked for ahead of time, it may never be awaited.
    either.catch(() => undefined);
    return either;
  }
}
