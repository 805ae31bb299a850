import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { distFolder } from '../../../distFolder.ts';
import { RunError } from '../../../errors.ts';
import type { SampleRanking } from '../../../method/sampleRanking.ts';

/* The thread that ranks neurons while the runtime computes, as the engine sees it. */

export interface RankRequest {
  /** `[targets, neurons]`; goes to the thread and does not come back. */
  readonly scores: Float32Array;
  readonly targets: number;
  readonly neurons: number;
  readonly limit: number;
}
export type RankAnswer = SampleRanking;

interface Waiting {
  resolve(answer: RankAnswer): void;
  reject(error: Error): void;
}

/**
 * Ranks beside the runtime, which holds the engine's own thread while it runs: 14 ms a target for 1.7 million neurons
 * that a fast device would wait for.
 */
export class RankThread {
  static #shared: RankThread | undefined;

  /** The process's thread, which stays from request to request: starting one takes 50 ms. @throws RunError when the project is not built */
  static shared(): RankThread {
    if (RankThread.#shared === undefined || RankThread.#shared.#ended !== undefined)
      RankThread.#shared = new RankThread();
    return RankThread.#shared;
  }

  readonly #worker: Worker;
  readonly #waiting: Waiting[] = [];
  #ended: Error | undefined;

  private constructor() {
    const entry = join(distFolder, 'rankWorker.cjs');
    if (!existsSync(entry)) throw new RunError(`"${entry}" is missing: build the project (npm run build).`);
    this.#worker = new Worker(entry, { execArgv: [] });
    // Before it runs, letting go of it has no effect.
    this.#worker.on('online', () => this.#letGo());
    this.#worker.on('message', (answer: RankAnswer) => {
      this.#waiting.shift()?.resolve(answer);
      this.#letGo();
    });
    this.#worker.on('error', (error) => this.#fail(new RunError(`The ranking thread failed: ${error.message}`)));
    this.#worker.on('exit', () => this.#fail(new RunError('The ranking thread ended.')));
  }

  /** @throws RunError when the thread ends */
  rank(request: RankRequest): Promise<RankAnswer> {
    return new Promise((resolve, reject) => {
      if (this.#ended !== undefined) return reject(this.#ended);
      this.#waiting.push({ resolve, reject });
      this.#worker.ref();
      this.#worker.postMessage(request, [request.scores.buffer as ArrayBuffer]);
    });
  }

  /** The process may end while nobody waits for the thread. */
  #letGo(): void {
    if (this.#waiting.length === 0) this.#worker.unref();
  }

  #fail(error: Error): void {
    this.#ended ??= error;
    for (const { reject } of this.#waiting.splice(0)) reject(this.#ended);
  }
}
