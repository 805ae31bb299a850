import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { distFolder } from '../../distFolder.ts';
import { InputError, RunError } from '../../errors.ts';
import type { Spectrum, SpectrumTask } from './changeSpectrum.ts';
import type { SpectrumAnswer, SpectrumWorkerData } from './spectrumMessages.ts';

/* A thread that computes spectra, as the host sees it. */

function errorOf({ kind, message }: Extract<SpectrumAnswer, { type: 'fault' }>): Error {
  if (kind === 'input') return new InputError(message);
  return kind === 'run' ? new RunError(message) : new Error(message);
}

interface Waiting {
  resolve(spectrum: Spectrum): void;
  reject(error: unknown): void;
}

/** A thread that computes one spectrum after the other. */
export class SpectrumThread {
  readonly #worker: Worker;
  #waiting: Waiting | undefined;
  #ended: unknown;

  /** @throws RunError when the project is not built */
  constructor() {
    const entry = join(distFolder, 'spectrumWorker.cjs');
    if (!existsSync(entry)) throw new RunError(`"${entry}" is missing: build the project (npm run build).`);
    const workerData: SpectrumWorkerData = { kernel: join(distFolder, 'spectrum.wasm') };
    // Loaders and flags of the host are not for a built file.
    this.#worker = new Worker(entry, { workerData, execArgv: [] });
    this.#worker.on('message', (answer: SpectrumAnswer) => {
      const waiting = this.#waiting;
      this.#waiting = undefined;
      if (answer.type === 'fault') waiting?.reject(errorOf(answer));
      else waiting?.resolve(answer.spectrum);
    });
    this.#worker.on('error', (error) => {
      this.#fail(new RunError(`A thread that computes spectra failed: ${error.message}`, { cause: error }));
    });
    this.#worker.on('exit', () => this.#fail(new RunError('A thread that computes spectra ended.')));
  }

  /**
   * A task's spectrum; the one before must have been answered.
   * @throws InputError when a file cannot be read; RunError when the thread ends; what {@link end} was given
   */
  run(task: SpectrumTask): Promise<Spectrum> {
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
