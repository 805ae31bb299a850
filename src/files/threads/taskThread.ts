import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { distFolder } from '../../distFolder.ts';
import { RunError } from '../../errors.ts';
import { errorOf, type Fault } from './fault.ts';

/** From the thread, one for each task in their order. */
export type TaskAnswer<Result> = { readonly type: 'done'; readonly result: Result } | Fault;

interface Waiting<Result> {
  resolve(result: Result): void;
  reject(error: unknown): void;
}

/** A thread that does one task after the other, as the host sees it; `answerTasks` is its other side. */
export class TaskThread<Task, Result> {
  readonly #worker: Worker;
  #waiting: Waiting<Result> | undefined;
  #ended: unknown;

  /**
   * @param bundle its file in dist/
   * @param does for messages: "hashes files"
   * @param workerData what it is started with
   * @throws RunError when the project is not built
   */
  constructor(bundle: string, does: string, workerData?: unknown) {
    const entry = join(distFolder, bundle);
    if (!existsSync(entry)) throw new RunError(`"${entry}" is missing: build the project (npm run build).`);
    // Loaders and flags of the host are not for a built file.
    this.#worker = new Worker(entry, { workerData, execArgv: [] });
    this.#worker.on('message', (answer: TaskAnswer<Result>) => {
      const waiting = this.#waiting;
      this.#waiting = undefined;
      if (answer.type === 'fault') waiting?.reject(errorOf(answer));
      else waiting?.resolve(answer.result);
    });
    this.#worker.on('error', (error) => {
      this.#fail(new RunError(`A thread that ${does} failed: ${error.message}`, { cause: error }));
    });
    this.#worker.on('exit', () => this.#fail(new RunError(`A thread that ${does} ended.`)));
  }

  /**
   * What a task gives; the one before must have been answered.
   *
   * @throws what the task throws; RunError when the thread ends; what {@link end} was given
   */
  run(task: Task): Promise<Result> {
    return new Promise((resolve, reject) => {
      if (this.#ended !== undefined) return reject(this.#ended);
      this.#waiting = { resolve, reject };
      this.#worker.postMessage(task);
    });
  }

  /** Ends the thread; what waits is rejected with `reason`. */
  async end(reason: unknown): Promise<void> {
    this.#fail(reason);
    await this.#worker.terminate();
  }

  #fail(reason: unknown): void {
    this.#ended ??= reason;
    this.#waiting?.reject(this.#ended);
    this.#waiting = undefined;
  }
}
