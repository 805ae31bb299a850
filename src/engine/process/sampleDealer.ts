import { RunError } from '../../errors.ts';
import type { SampleBatch } from '../../protocol/engine.ts';
import { wholeBatches } from '../plan/sampleBatches.ts';

/* Deals a request's samples out to engine processes, and puts their results back in order. */

/** Results that wait for an earlier sample may take this much of the host's memory, bytes. */
const mostHeldBytes = 256e6;
/** A sample that as many processes were lost on is not dealt again. */
const mostLosses = 2;

interface Held<Result> {
  readonly result: Result;
  readonly bytes: number;
}

export interface DealerOptions<Result> {
  /** Names of the samples, in the file's order; a result carries its sample's. */
  readonly indices: readonly number[];
  /** Position of the first sample that is not finished. */
  readonly first: number;
  /** Position after the last sample that is to be worked on; after all of them when left out. */
  readonly end?: number;
  /** How many processes the samples are for. */
  readonly owners: number;
  /** What a result takes in memory. */
  readonly bytesOf: (result: Result) => number;
  /** Hears the results in the file's order, whichever order they come in. */
  readonly deliver: (result: Result) => void;
  readonly mostBytes?: number;
}

/**
 * Deals a request's samples to several processes, whoever is free first, and brings their results back into the file's
 * order: sums over samples depend on it in their last bits. Samples of a lost process are dealt again. An owner is any
 * object that stands for one process.
 */
export class SampleDealer<Result extends { readonly index: number }> {
  readonly #options: DealerOptions<Result>;
  readonly #mostBytes: number;
  readonly #end: number;
  /** Positions nobody works on, ascending. */
  #todo: number[];
  /** What each process was dealt and has not returned, group by group in the order dealt. */
  readonly #hands = new Map<object, number[][]>();
  readonly #held = new Map<number, Held<Result>>();
  #heldBytes = 0;
  /** Position of the next result to deliver. */
  #next: number;
  readonly #losses = new Map<number, number>();
  readonly #gone = new WeakSet<object>();
  #waiting: (() => void)[] = [];
  #stopped = false;

  constructor(options: DealerOptions<Result>) {
    const { indices, first, end = indices.length, mostBytes = mostHeldBytes } = options;
    this.#options = options;
    this.#mostBytes = mostBytes;
    this.#end = end;
    this.#next = first;
    this.#todo = Array.from({ length: end - first }, (_, i) => first + i);
  }

  get finished(): boolean {
    return this.#next === this.#end;
  }

  /**
   * Samples to work on next; waits while others work on the last ones, which may yet be lost.
   * @param batches samples that are computed together, as the owner planned; those it does not name are by themselves
   * @returns positions, ascending, of whole batches, which have at most `atMost` samples unless it is one batch; none when
   *   all are finished
   */
  async deal(owner: object, atMost: number, batches: readonly SampleBatch[] = []): Promise<readonly number[]> {
    const over = () => this.#stopped || this.finished || this.#gone.has(owner);
    while (!over() && this.#todo.length === 0) await this.#change();
    if (over()) return [];
    const group = this.#todo.splice(0, wholeBatches(batches, this.#todo, this.#groupSize(atMost)));
    const groups = this.#hands.get(owner) ?? [];
    this.#hands.set(owner, [...groups, [...group]]);
    return group;
  }

  /**
   * Takes a finished sample, and settles once there is room for the next one. The process that works on the next sample
   * to deliver never waits.
   * @throws RunError when it is not the sample that is due; what `deliver` throws
   */
  async accept(owner: object, result: Result): Promise<void> {
    if (this.#stopped || this.#gone.has(owner)) return;
    const { indices, bytesOf } = this.#options;
    const groups = this.#hands.get(owner);
    const position = groups?.[0]?.shift();
    if (position === undefined || indices[position] !== result.index) {
      throw new RunError(`The engine returned sample ${result.index} out of order.`);
    }
    if (groups![0]!.length === 0) groups!.shift();
    const bytes = bytesOf(result);
    this.#held.set(position, { result, bytes });
    this.#heldBytes += bytes;
    this.#deliverDue();
    while (!this.#hasRoomFor(owner)) await this.#change();
  }

  /**
   * Puts back what a lost process had not returned.
   * @returns names of the samples it was at that as many processes were lost on as may be; none: go on
   */
  lost(owner: object): readonly number[] {
    const groups = this.#hands.get(owner) ?? [];
    this.#hands.delete(owner);
    this.#gone.add(owner);
    const hopeless: number[] = [];
    // Only the first group was being worked on.
    for (const position of groups[0] ?? []) {
      const losses = (this.#losses.get(position) ?? 0) + 1;
      this.#losses.set(position, losses);
      if (losses >= mostLosses) hopeless.push(this.#options.indices[position]!);
    }
    this.#todo = [...this.#todo, ...groups.flat()].sort((a, b) => a - b);
    this.#wake();
    return hopeless;
  }

  /** Deals nothing more, and lets nobody wait. */
  stop(): void {
    this.#stopped = true;
    this.#wake();
  }

  /**
   * Equal shares in as many rounds as the most samples a group may have make necessary: segments are loaded once a group,
   * so neither is one process to take all samples, nor are the last groups to be ever smaller.
   */
  #groupSize(atMost: number): number {
    const { first, owners } = this.#options;
    const samples = this.#end - first;
    const rounds = Math.ceil(samples / (owners * atMost));
    return Math.max(1, Math.ceil(samples / (owners * rounds)));
  }

  #deliverDue(): void {
    for (let held = this.#held.get(this.#next); held !== undefined; held = this.#held.get(this.#next)) {
      this.#held.delete(this.#next);
      this.#heldBytes -= held.bytes;
      this.#next++;
      this.#options.deliver(held.result);
    }
    this.#wake();
  }

  /** Only another process that is at the next sample to deliver is worth waiting for. */
  #hasRoomFor(owner: object): boolean {
    if (this.#stopped || this.#gone.has(owner) || this.#heldBytes <= this.#mostBytes) return true;
    for (const [other, groups] of this.#hands) {
      if (other !== owner && groups.some((group) => group.includes(this.#next))) return false;
    }
    return true;
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
