/* Many things under way at once, of which the first that fails ends all and is what is said. */

/** Keeps the first failure, has everything stopped by it, and knows what must not be disturbed meanwhile. */
export class FirstFailure {
  readonly #stop: (reason: unknown) => void;
  readonly #underWay = new Set<Promise<unknown>>();
  #first: { readonly reason: unknown } | undefined;

  /** @param stop called once, with the first failure */
  constructor(stop: (reason: unknown) => void) {
    this.#stop = stop;
  }

  fail(reason: unknown): void {
    if (this.#first !== undefined) return;
    this.#first = { reason };
    this.#stop(reason);
  }

  /** Waits for work. @throws the first failure of anything, once there is one */
  async heeding<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      this.#refuse();
      return await work();
    } catch (error) {
      this.fail(error);
      throw this.#first?.reason;
    }
  }

  /** Ends all at once when the work fails, whoever waits for it by then. */
  watched<Result>(work: Promise<Result>): Promise<Result> {
    work.catch((error: unknown) => this.fail(error));
    return work;
  }

  /** Does what must have ended before what it works on is taken away. @throws the first failure where there is one */
  async touching<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#refuse();
    const done = work();
    this.#underWay.add(done);
    try {
      return await done;
    } finally {
      this.#underWay.delete(done);
    }
  }

  /** Waits until nothing is touched any more; after a failure nothing new will be. */
  async settled(): Promise<void> {
    await Promise.allSettled([...this.#underWay]);
  }

  #refuse(): void {
    if (this.#first !== undefined) throw this.#first.reason;
  }
}
