import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { distFolder } from '../../../distFolder.ts';
import { RunError } from '../../../errors.ts';
import { errorOf } from '../../../files/threads/fault.ts';
import { type Block, type BlockSums, elementsOf } from '../blocks/block.ts';
import type { DiffAnswer, DiffRequest, DiffTask, DiffWorkerData } from './diffMessages.ts';

/* A thread that compares weights, as the host sees it. */

interface Waiting {
  readonly elements: number;
  /** @param sums empty of a task that was closed */
  resolve(sums: readonly BlockSums[]): void;
  reject(error: unknown): void;
}

/** A thread that goes through blocks, one task after the other. */
export class DiffThread {
  readonly #worker: Worker;
  /** In the order of the requests, as are the answers. */
  readonly #waiting: Waiting[] = [];
  #load = 0;
  #ended: unknown;

  /** @throws RunError when the project is not built */
  constructor() {
    const entry = join(distFolder, 'diffWorker.cjs');
    if (!existsSync(entry)) throw new RunError(`"${entry}" is missing: build the project (npm run build).`);
    const workerData: DiffWorkerData = { kernel: join(distFolder, 'diff.wasm') };
    // Loaders and flags of the host are not for a built file.
    this.#worker = new Worker(entry, { workerData, execArgv: [] });
    this.#worker.on('message', (answer: DiffAnswer) => this.#answered(answer));
    this.#worker.on('error', (error) => {
      this.#fail(new RunError(`A thread that compares weights failed: ${error.message}`, { cause: error }));
    });
    this.#worker.on('exit', () => this.#fail(new RunError('A thread that compares weights ended.')));
  }

  /** Elements of the blocks that it has still to answer. */
  get load(): number {
    return this.#load;
  }

  get ended(): boolean {
    return this.#ended !== undefined;
  }

  /** Begins a task; keeps the process alive until {@link close}. */
  open(task: DiffTask): void {
    this.#worker.ref();
    this.#worker.postMessage({ type: 'open', task } satisfies DiffRequest);
  }

  /** @throws InputError when a file cannot be read; RunError when the thread ends; what {@link end} was given */
  run(block: Block): Promise<readonly BlockSums[]> {
    return this.#ask({ type: 'block', block }, elementsOf(block));
  }

  /** Ends the task: its files are closed. @throws as {@link run} */
  async close(): Promise<void> {
    await this.#ask({ type: 'close' }, 0);
    this.#worker.unref();
  }

  /** Ends the thread; what waits is rejected with `reason`. */
  async end(reason: unknown): Promise<void> {
    this.#fail(reason);
    await this.#worker.terminate();
  }

  #ask(request: DiffRequest, elements: number): Promise<readonly BlockSums[]> {
    return new Promise((resolve, reject) => {
      if (this.ended) return reject(this.#ended);
      this.#waiting.push({ elements, resolve, reject });
      this.#load += elements;
      this.#worker.postMessage(request);
    });
  }

  #answered(answer: DiffAnswer): void {
    const waiting = this.#waiting.shift();
    if (waiting === undefined) return;
    this.#load -= waiting.elements;
    if (answer.type === 'fault') waiting.reject(errorOf(answer));
    else waiting.resolve(answer.type === 'sums' ? answer.sums : []);
  }

  #fail(reason: unknown): void {
    this.#ended ??= reason;
    for (const { reject } of this.#waiting.splice(0)) reject(this.#ended);
  }
}
