import { Interrupted, RunError } from '../../errors.ts';
import type { EngineOutcome, EngineProgress, SampleBatch } from '../../protocol/engine.ts';
import type { EngineCallbacks } from './engine.ts';
import { EngineDeath, type EngineProcess } from './engineProcess.ts';
import { type WorkKind, workOn } from './engineWorker.ts';
import { SampleDealer } from './sampleDealer.ts';

/* A request while engine processes work on it: how far it is, and how it ends. */

/** What every request has. */
export interface SampledParams {
  readonly samples: readonly { readonly index: number }[];
  readonly firstSample: number;
  readonly endSample?: number | undefined;
}

/** One request that several processes work on, and how far it is. */
export class SharedWork<Params extends SampledParams, Result extends { readonly index: number }> {
  readonly samples: number;
  readonly #kind: WorkKind<Params, Result>;
  readonly #params: Params;
  readonly #callbacks: EngineCallbacks<Result>;
  readonly #dealer: SampleDealer<Result>;
  readonly #stop = new AbortController();
  /** Steps done, by process. */
  readonly #done = new Map<object, number>();
  #shown = 0;
  /** Whether a plan has been passed on: all processes make the same. */
  #planned = false;
  #outcome: EngineOutcome | undefined;
  #death: EngineDeath | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(
    kind: WorkKind<Params, Result>,
    params: Params,
    owners: number,
    bytesOf: (result: Result) => number,
    callbacks: EngineCallbacks<Result>,
  ) {
    const { samples, firstSample, endSample = samples.length } = params;
    this.samples = endSample - firstSample;
    this.#kind = kind;
    this.#params = params;
    this.#callbacks = callbacks;
    this.#dealer = new SampleDealer({
      indices: samples.map(({ index }) => index),
      first: firstSample,
      end: endSample,
      owners: Math.max(1, Math.min(owners, this.samples)),
      bytesOf,
      deliver: (result) => callbacks.onSample(result),
    });
  }

  /** Every sample is finished, and somebody has said how. */
  get finished(): boolean {
    return this.#dealer.finished && this.#outcome !== undefined;
  }

  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  get stopped(): boolean {
    return this.signal.aborted;
  }

  stop(): void {
    this.#stop.abort();
    this.#dealer.stop();
  }

  /** Ends the request with this error; the first one counts. */
  fail(error: unknown): void {
    this.#failure ??= { error };
    this.stop();
  }

  readonly note = (text: string): void => {
    this.#callbacks.onNote?.(text);
  };

  /** @returns how the process was lost, if it was */
  async share(process: EngineProcess): Promise<EngineDeath | undefined> {
    const owner = {};
    let finished = 0;
    let total = 0;
    let batches: readonly SampleBatch[] = [];
    try {
      const outcome = await workOn(process, this.#kind, this.#params, {
        deal: (atMost) => this.#dealer.deal(owner, atMost, batches),
        onResult: (result) => {
          finished++;
          return this.#dealer.accept(owner, result).catch((error: unknown) => {
            // An exception of the caller's must not vanish in the connection.
            this.fail(error);
          });
        },
        onProgress: (progress) => {
          total = progress.total;
          this.#progress(owner, progress);
        },
        onPlan: ({ plan, batches: planned, cut }) => {
          batches = planned;
          if (!this.#planned) this.#callbacks.onPlan?.(plan);
          this.#planned = true;
          this.#cut(cut);
        },
        onNote: (text) => this.note(text),
        signal: this.signal,
      });
      const peakBytes = Math.max(outcome.peakBytes, this.#outcome?.peakBytes ?? 0);
      this.#outcome = { ...outcome, ...this.#outcome, peakBytes };
      return undefined;
    } catch (error) {
      if (!(error instanceof EngineDeath)) throw error;
      this.#death = error;
      this.#done.set(owner, Math.floor((total * finished) / this.samples));
      const hopeless = this.#dealer.lost(owner);
      if (hopeless.length > 0) this.fail(lostTwice(this.#kind.item, hopeless, error));
      return error;
    }
  }

  /** @throws what the request ended with, unless it is done */
  outcome(): EngineOutcome {
    if (this.#callbacks.signal?.aborted) throw new Interrupted('Stopped.');
    if (this.#failure !== undefined) throw this.#failure.error;
    if (this.#outcome !== undefined && this.#dealer.finished) return this.#outcome;
    throw this.#death ?? new RunError('The engine ended before every sample was finished.');
  }

  #cut(cut: string): void {
    try {
      this.#callbacks.onCut?.(cut);
    } catch (error) {
      this.fail(error);
    }
  }

  #progress(owner: object, progress: EngineProgress): void {
    this.#done.set(owner, progress.done);
    const done = [...this.#done.values()].reduce((sum, each) => sum + each, 0);
    // What a lost process had begun is done again: meanwhile the count stands still.
    this.#shown = Math.min(Math.max(this.#shown, done), progress.total);
    try {
      this.#callbacks.onProgress?.({ ...progress, done: this.#shown });
    } catch (error) {
      this.fail(error);
    }
  }
}

function lostTwice(item: 'sample' | 'prompt', indices: readonly number[], { message }: EngineDeath): RunError {
  const first = Math.min(...indices) + 1;
  const last = Math.max(...indices) + 1;
  const which = first === last ? `${item} ${first}` : `${item}s ${first} to ${last}`;
  return new RunError(
    `Two processes were lost on ${which}${item === 'sample' ? ' of the calibration' : ''}. ${message}`,
  );
}
