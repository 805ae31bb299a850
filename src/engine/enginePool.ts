import { Interrupted, RunError } from '../errors.ts';
import {
  type AttributeParams,
  attributedRequest,
  attributeRequest,
  type Device,
  type DeviceProbe,
  type EngineOutcome,
  type EngineProgress,
  type MeasureParams,
  measuredRequest,
  measureRequest,
  type SampleAttribution,
  type SampleMeasures,
} from '../protocol/engine.ts';
import type { Engine, EngineCallbacks } from './engine.ts';
import { EngineDeath, type EngineProcess } from './engineProcess.ts';
import { type WorkKind, workOn } from './engineWorker.ts';
import { SampleDealer } from './sampleDealer.ts';

/** A place in the pool: one process at a time, started when there is work for it. */
export interface EngineSlot {
  /** For people: `engine 2` or `GPU 1`. */
  readonly label: string;
  /** @returns the process, ready on its device, or why it is not; on abort, soon */
  start(signal: AbortSignal): Promise<{ readonly process: EngineProcess } | { readonly reason: string }>;
}

/** What all processes of a pool have in common. */
export interface PoolFacts {
  readonly device: Device;
  readonly refused: readonly DeviceProbe[];
  readonly runtimeVersion: string;
  readonly gpus: readonly string[];
}

interface Seat {
  readonly slot: EngineSlot;
  process: EngineProcess | undefined;
  /** Its process was lost once and started anew. A second loss leaves the seat empty. */
  restarted: boolean;
  empty: boolean;
}

interface SampledParams {
  readonly samples: readonly { readonly index: number }[];
  readonly firstSample: number;
}

const measuring: WorkKind<MeasureParams, SampleMeasures> = { request: measureRequest, result: measuredRequest };
const attributing: WorkKind<AttributeParams, SampleAttribution> = {
  request: attributeRequest,
  result: attributedRequest,
};

function measuresBytes({ entropy, topIds }: SampleMeasures): number {
  return 3 * entropy.byteLength + 2 * topIds.byteLength;
}

function attributionBytes({ targets, scoreSum, scoreMax }: SampleAttribution): number {
  return targets.reduce((bytes, { ranked }) => bytes + ranked.byteLength, scoreSum.byteLength + scoreMax.byteLength);
}

/**
 * Engine processes that share every request: samples go to whoever is free, results come back in the samples' order.
 * A lost process costs its unfinished samples, which are dealt again; it is started anew once.
 */
export class EnginePool implements Engine {
  readonly device: Device;
  readonly refused: readonly DeviceProbe[];
  readonly runtimeVersion: string;
  readonly gpus: readonly string[];
  readonly #seats: readonly Seat[];
  #disposed = false;

  /** @param first the process of the first slot, which was started to try the device */
  constructor(
    { device, refused, runtimeVersion, gpus }: PoolFacts,
    slots: readonly EngineSlot[],
    first: EngineProcess,
  ) {
    this.device = device;
    this.refused = refused;
    this.runtimeVersion = runtimeVersion;
    this.gpus = gpus;
    this.#seats = slots.map((slot, i) => ({
      slot,
      process: i === 0 ? first : undefined,
      restarted: false,
      empty: false,
    }));
  }

  get processes(): number {
    return this.#seats.length;
  }

  measure(params: MeasureParams, callbacks: EngineCallbacks<SampleMeasures>): Promise<EngineOutcome> {
    return this.#request(measuring, params, measuresBytes, callbacks);
  }

  attribute(params: AttributeParams, callbacks: EngineCallbacks<SampleAttribution>): Promise<EngineOutcome> {
    return this.#request(attributing, params, attributionBytes, callbacks);
  }

  async dispose(): Promise<void> {
    this.#disposed = true;
    await Promise.all(this.#seats.map((seat) => this.#vacate(seat)));
  }

  async #request<Params extends SampledParams, Result extends { readonly index: number }>(
    kind: WorkKind<Params, Result>,
    params: Params,
    bytesOf: (result: Result) => number,
    callbacks: EngineCallbacks<Result>,
  ): Promise<EngineOutcome> {
    const { signal } = callbacks;
    if (signal?.aborted) throw new Interrupted('Stopped.');
    const work = new SharedWork(kind, params, this.#seats.length, bytesOf, callbacks);
    const abort = () => work.stop();
    signal?.addEventListener('abort', abort, { once: true });
    try {
      await Promise.all(this.#seats.slice(0, Math.max(1, work.samples)).map((seat) => this.#serve(seat, work)));
    } finally {
      signal?.removeEventListener('abort', abort);
    }
    return work.outcome();
  }

  /** Has the seat's process work until every sample is finished, through one loss of it. */
  async #serve<Params extends SampledParams, Result extends { readonly index: number }>(
    seat: Seat,
    work: SharedWork<Params, Result>,
  ): Promise<void> {
    try {
      while (!seat.empty && !work.stopped) {
        seat.process ??= await this.#start(seat, work);
        if (seat.process === undefined || work.finished) return;
        const lost = await work.share(seat.process);
        if (lost === undefined) return;
        await this.#vacate(seat);
        if (work.stopped) return;
        seat.empty = seat.restarted;
        seat.restarted = true;
        const how = seat.empty ? 'the others go on without it' : 'it is started anew';
        const said = this.#seats.length === 1 ? 'The engine process' : `The process of ${seat.slot.label}`;
        if (!seat.empty || this.#seats.some((each) => !each.empty)) {
          work.note(`${said} was ended ${lost.how}: ${how}, and its unfinished samples are dealt again.`);
        }
      }
    } catch (error) {
      work.fail(error);
    }
  }

  async #start(
    seat: Seat,
    { signal, note }: { readonly signal: AbortSignal; note(text: string): void },
  ): Promise<EngineProcess | undefined> {
    const started = await seat.slot.start(signal);
    if ('reason' in started) {
      if (signal.aborted) return undefined;
      seat.empty = true;
      note(`${seat.slot.label} is not used: ${started.reason}.`);
      return undefined;
    }
    // Disposed of meanwhile, nobody would end it.
    if (this.#disposed) {
      await started.process.end();
      return undefined;
    }
    return started.process;
  }

  async #vacate(seat: Seat): Promise<void> {
    const { process } = seat;
    seat.process = undefined;
    await process?.end();
  }
}

/** One request and how far it is. */
class SharedWork<Params extends SampledParams, Result extends { readonly index: number }> {
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
    const { samples, firstSample } = params;
    this.samples = samples.length - firstSample;
    this.#kind = kind;
    this.#params = params;
    this.#callbacks = callbacks;
    this.#dealer = new SampleDealer({
      indices: samples.map(({ index }) => index),
      first: firstSample,
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
    try {
      const outcome = await workOn(process, this.#kind, this.#params, {
        deal: (atMost) => this.#dealer.deal(owner, atMost),
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
        onPlan: (plan) => {
          if (!this.#planned) this.#callbacks.onPlan?.(plan);
          this.#planned = true;
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
      if (hopeless.length > 0) this.fail(lostTwice(hopeless, error));
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

function lostTwice(samples: readonly number[], { message }: EngineDeath): RunError {
  const first = Math.min(...samples) + 1;
  const last = Math.max(...samples) + 1;
  const which = first === last ? `sample ${first}` : `samples ${first} to ${last}`;
  return new RunError(`Two processes were lost on ${which} of the calibration. ${message}`);
}
