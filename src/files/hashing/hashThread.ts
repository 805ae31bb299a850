import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { distFolder } from '../../distFolder.ts';
import { InputError, RunError } from '../../errors.ts';
import { ChangedInput } from '../reading/fileIdentity.ts';
import type { HashedInput } from '../reading/readInput.ts';
import type { HashAnswer, HashRequest } from './hashMessages.ts';

/* A thread that hashes files, as the host sees it. */

function errorOf({ kind, message }: Extract<HashAnswer, { type: 'fault' }>, path: string): Error {
  if (kind === 'changed') return new ChangedInput(path, 'while it was read');
  if (kind === 'input') return new InputError(message);
  return kind === 'run' ? new RunError(message) : new Error(message);
}

interface Waiting {
  resolve(answer: HashAnswer): void;
  reject(error: unknown): void;
}

/** A thread that hashes one file after the other. */
export class HashThread {
  readonly #worker: Worker;
  #waiting: Waiting | undefined;
  #ended: unknown;

  /** @throws RunError when the project is not built */
  constructor() {
    const entry = join(distFolder, 'hashWorker.cjs');
    if (!existsSync(entry)) throw new RunError(`"${entry}" is missing: build the project (npm run build).`);
    // Loaders and flags of the host are not for a built file.
    this.#worker = new Worker(entry, { execArgv: [] });
    this.#worker.on('message', (answer: HashAnswer) => {
      const waiting = this.#waiting;
      this.#waiting = undefined;
      waiting?.resolve(answer);
    });
    this.#worker.on('error', (error) => {
      this.#fail(new RunError(`A thread that hashes files failed: ${error.message}`, { cause: error }));
    });
    this.#worker.on('exit', () => this.#fail(new RunError('A thread that hashes files ended.')));
  }

  /**
   * The hash of a file; the one before must have been answered.
   *
   * @throws as `hashInput`; RunError when the thread ends; what {@link end} was given
   */
  async hash(request: HashRequest): Promise<HashedInput> {
    const answer = await new Promise<HashAnswer>((resolve, reject) => {
      if (this.#ended !== undefined) return reject(this.#ended);
      this.#waiting = { resolve, reject };
      this.#worker.postMessage(request);
    });
    if (answer.type === 'fault') throw errorOf(answer, request.path);
    return answer.hashed;
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
