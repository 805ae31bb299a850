import { Interrupted } from '../../errors.ts';
import type { SampleAttribution } from '../../method/attribution.ts';
import {
  type AttributeParams,
  attributedRequest,
  attributeRequest,
  type DeviceProbe,
  type EngineOutcome,
  type MeasureParams,
  measuredRequest,
  measureRequest,
  type SampledPrompt,
  type SampleMeasures,
  type SampleParams,
  sampledRequest,
  sampleRequest,
} from '../../protocol/engine.ts';
import type { Device } from '../../settings/devices.ts';
import type { ProductForm } from '../../settings/precision.ts';
import type { MemoryBudget } from '../plan/memoryBudget.ts';
import type { Engine, EngineCallbacks } from './engine.ts';
import type { EngineProcess } from './engineProcess.ts';
import type { WorkKind } from './engineWorker.ts';
import { type SampledParams, SharedWork } from './sharedWork.ts';

/* Several engine processes that work on one request together, and what happens when one is lost. */

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
  readonly products: ProductForm;
  readonly gpus: readonly string[];
  readonly memory: MemoryBudget;
}

interface Seat {
  readonly slot: EngineSlot;
  process: EngineProcess | undefined;
  /** Its process was lost once and started anew. A second loss leaves the seat empty. */
  restarted: boolean;
  empty: boolean;
}

const measuring: WorkKind<MeasureParams, SampleMeasures> = {
  item: 'sample',
  request: measureRequest,
  result: measuredRequest,
};
const attributing: WorkKind<AttributeParams, SampleAttribution> = {
  item: 'sample',
  request: attributeRequest,
  result: attributedRequest,
};
const sampling: WorkKind<SampleParams, SampledPrompt> = {
  item: 'prompt',
  request: sampleRequest,
  result: sampledRequest,
};

function sampledBytes({ answers }: SampledPrompt): number {
  return answers.reduce((bytes, { tokens }) => bytes + 3 * tokens.byteLength, 0);
}

function measuresBytes({ entropy, topIds }: SampleMeasures): number {
  return 3 * entropy.byteLength + 2 * topIds.byteLength;
}

function attributionBytes({ targets, scoreSum, scoreMax }: SampleAttribution): number {
  return targets.reduce(
    (bytes, { ranked, terms, topScores }) => bytes + ranked.byteLength + terms.byteLength + topScores.byteLength,
    scoreSum.byteLength + scoreMax.byteLength,
  );
}

/**
 * Engine processes that share every request: samples go to whoever is free, results come back in the samples' order.
 * A lost process costs its unfinished samples, which are dealt again; it is started anew once.
 */
export class EnginePool implements Engine {
  readonly device: Device;
  readonly refused: readonly DeviceProbe[];
  readonly runtimeVersion: string;
  readonly products: ProductForm;
  readonly gpus: readonly string[];
  readonly memory: MemoryBudget;
  readonly #seats: readonly Seat[];
  #disposed = false;

  /** @param first the process of the first slot, which was started to try the device */
  constructor(
    { device, refused, runtimeVersion, products, gpus, memory }: PoolFacts,
    slots: readonly EngineSlot[],
    first: EngineProcess,
  ) {
    this.device = device;
    this.refused = refused;
    this.runtimeVersion = runtimeVersion;
    this.products = products;
    this.gpus = gpus;
    this.memory = memory;
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

  sample(params: SampleParams, callbacks: EngineCallbacks<SampledPrompt>): Promise<EngineOutcome> {
    return this.#request(sampling, params, sampledBytes, callbacks);
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
