import { RunError } from '../../../errors.ts';
import { type Block, type BlockSums, blockElements } from '../blocks/block.ts';
import type { DiffTask } from './diffMessages.ts';
import type { DiffThread } from './diffThread.ts';
import { keepThread, takeThread } from './keptThreads.ts';

/* Shares the blocks of a comparison out among threads. */

interface Pending {
  readonly block: Block;
  resolve(sums: Promise<readonly BlockSums[]>): void;
  reject(error: unknown): void;
}

/** Threads that go through the blocks of one task. */
export class DiffWorkers {
  readonly #threads: readonly DiffThread[];
  /** Not handed out yet: which thread is the first to be free shows later. */
  readonly #pending: Pending[] = [];
  #closed: unknown;

  /** @throws RunError when the project is not built */
  constructor(count: number, task: DiffTask) {
    this.#threads = Array.from({ length: count }, takeThread);
    for (const thread of this.#threads) thread.open(task);
  }

  /**
   * Sums of a block, by the first thread that has little left to do; in the order of the calls.
   * @throws InputError when a file cannot be read; RunError when the thread ends; what {@link close} was given
   */
  run(block: Block): Promise<readonly BlockSums[]> {
    return new Promise((resolve, reject) => {
      if (this.#closed !== undefined) return reject(this.#closed);
      this.#pending.push({ block, resolve, reject });
      this.#handOut();
    });
  }

  /** Keeps the threads for the next task. All blocks must have been answered. */
  async finish(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.close()));
    this.#closed ??= new RunError('The diff has ended.');
    for (const thread of this.#threads) keepThread(thread);
  }

  /** Ends the threads; what waits is rejected with `reason`. */
  async close(reason: unknown): Promise<void> {
    this.#closed ??= reason;
    for (const { reject } of this.#pending.splice(0)) reject(this.#closed);
    await Promise.all(this.#threads.map((thread) => thread.end(this.#closed)));
  }

  /** A thread has one block waiting behind the one that it goes through. */
  #handOut(): void {
    while (this.#pending.length > 0) {
      const thread = this.#threads.reduce((least, each) => (each.load < least.load ? each : least));
      if (thread.load > blockElements) return;
      const { block, resolve } = this.#pending.shift()!;
      const sums = thread.run(block);
      resolve(sums);
      // Errors go to whom the block was for.
      void sums.catch(() => {}).finally(() => this.#handOut());
    }
  }
}
