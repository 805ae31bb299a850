import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { distFolder } from '../distFolder.ts';
import { InputError, RunError } from '../errors.ts';
import type { Block, BlockSums } from './block.ts';
import type { DiffAnswer, DiffRequest, DiffWorkerData } from './diffMessages.ts';

interface Waiting {
  resolve(sums: readonly BlockSums[]): void;
  reject(error: unknown): void;
}

interface Thread {
  readonly worker: Worker;
  /** In the order of the requests, as are the answers. */
  readonly waiting: Waiting[];
}

function errorOf({ kind, message }: Extract<DiffAnswer, { type: 'fault' }>): Error {
  if (kind === 'input') return new InputError(message);
  return kind === 'run' ? new RunError(message) : new Error(message);
}

/** Threads that go through blocks. */
export class DiffWorkers {
  readonly #threads: readonly Thread[];
  #closed: unknown;

  /** @throws RunError when the project is not built */
  constructor(count: number, data: Omit<DiffWorkerData, 'kernel'>) {
    const entry = join(distFolder, 'diffWorker.cjs');
    if (!existsSync(entry)) throw new RunError(`"${entry}" is missing: build the project (npm run build).`);
    const workerData: DiffWorkerData = { ...data, kernel: join(distFolder, 'diff.wasm') };
    this.#threads = Array.from({ length: count }, () => this.#start(entry, workerData));
  }

  /**
   * Sums of a block, by the thread that has least to do.
   * @throws InputError when a file cannot be read; RunError when the thread ends; what {@link close} was given
   */
  run(block: Block): Promise<readonly BlockSums[]> {
    const thread = this.#threads.reduce((least, each) => (each.waiting.length < least.waiting.length ? each : least));
    return new Promise((resolve, reject) => {
      if (this.#closed !== undefined) return reject(this.#closed);
      thread.waiting.push({ resolve, reject });
      thread.worker.postMessage(block satisfies DiffRequest);
    });
  }

  /** Ends the threads; what waits is rejected with `reason`. */
  async close(reason: unknown = new RunError('The diff was ended.')): Promise<void> {
    this.#closed ??= reason;
    for (const thread of this.#threads) this.#fail(thread, this.#closed);
    await Promise.all(this.#threads.map(({ worker }) => worker.terminate()));
  }

  #start(entry: string, workerData: DiffWorkerData): Thread {
    // Loaders and flags of the host are not for a built file.
    const thread: Thread = { worker: new Worker(entry, { workerData, execArgv: [] }), waiting: [] };
    thread.worker.on('message', (answer: DiffAnswer) => {
      const waiting = thread.waiting.shift();
      if (answer.type === 'sums') waiting?.resolve(answer.sums);
      else waiting?.reject(errorOf(answer));
    });
    thread.worker.on('error', (error) => {
      this.#fail(thread, new RunError(`A thread that compares weights failed: ${error.message}`, { cause: error }));
    });
    thread.worker.on('exit', () => this.#fail(thread, new RunError('A thread that compares weights ended.')));
    return thread;
  }

  #fail({ waiting }: Thread, error: unknown): void {
    this.#closed ??= error;
    for (const { reject } of waiting.splice(0)) reject(error);
  }
}
