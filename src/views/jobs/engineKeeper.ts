import type { Disposable } from 'vscode';
import { startEngine } from '../../engine/process/client.ts';
import type { Engine } from '../../engine/process/engine.ts';
import { InputError } from '../../errors.ts';
import { mayRunHere } from '../slurm/mayRunHere.ts';
import { configuredSettings } from './configuration.ts';

/* Keeps an engine running between short questions, so that each need not start one. */

/** An engine that nobody asked for so long is ended, milliseconds. */
const idleMilliseconds = 60_000;

/**
 * One engine for short questions, kept for a while after each, since starting one takes longer than the answer. A
 * question that comes while another is answered waits for it.
 */
export class EngineKeeper implements Disposable {
  #engine: Engine | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;

  /**
   * @throws InputError for bad settings; RunError when no device works; Interrupted on abort; what `work` throws, after
   *   which the engine is not used again
   */
  use<Result>(signal: AbortSignal, work: (engine: Engine) => Promise<Result>): Promise<Result> {
    const result = this.#last.then(() => this.#run(signal, work));
    this.#last = result.catch(() => undefined);
    return result;
  }

  async #run<Result>(signal: AbortSignal, work: (engine: Engine) => Promise<Result>): Promise<Result> {
    clearTimeout(this.#timer);
    try {
      if (this.#engine === undefined) {
        if (!(await mayRunHere('explanation', { once: true })))
          throw new InputError('This runs a model, and models are to run on Slurm (rejuvenation.runOn).');
        const { device, memoryBytes, threads, weights, precision } = configuredSettings();
        this.#engine = await startEngine({ device, memoryBytes, threads, weights, precision, processes: 1, signal });
      }
      return await work(this.#engine);
    } catch (error) {
      await this.#end();
      throw error;
    } finally {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => void this.#end(), idleMilliseconds);
    }
  }

  dispose(): void {
    clearTimeout(this.#timer);
    void this.#end();
  }

  async #end(): Promise<void> {
    const engine = this.#engine;
    this.#engine = undefined;
    await engine?.dispose();
  }
}
