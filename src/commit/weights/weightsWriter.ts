import { join } from 'node:path';
import type { CheckpointPair } from '../../checkpoint/pair.ts';
import { Interrupted, RunError } from '../../errors.ts';
import { blockBytes, SpanFile } from '../../files/writing/spanFile.ts';
import type { CommitActivity, CommittedFile } from '../commitOptions.ts';
import type { OutputShard } from '../outputShards.ts';
import type { TensorReset } from '../tensorReset.ts';
import { fileContent, type Span, spansOf } from './fileContent.ts';
import { FirstFailure } from './firstFailure.ts';
import type { FuseLane, Place } from './lane.ts';
import { giveMemory, type Lanes, openLanes, spanBytes, threadCount } from './lanes.ts';
import { type Pool, poolOf } from './pool.ts';

/*
 * Writes weight files: lanes fuse spans and hash files, each file in its order, while the host writes what is done,
 * makes files durable, and reads spans back to compare them. All of it overlaps; the disk is touched from the host alone.
 */

/** What is written, from what, and who hears of it. */
export interface WeightsOptions {
  readonly pair: CheckpointPair;
  /** Share of the SFT side, 0 to 1 (eq. 1). */
  readonly alpha: number;
  readonly resets: ReadonlyMap<string, TensorReset>;
  /** Folder that the files go into, and what it is called in messages. */
  readonly folder: { readonly path: string; readonly target: string };
  /** Threads; as many as pay when undefined. */
  readonly workers: number | undefined;
  readonly hashing: boolean;
  readonly syncing: boolean;
  readonly signal: AbortSignal | undefined;
  /** Called when bytes have gone through an activity; without any when it begins with a file. */
  readonly onWork: (activity: CommitActivity, bytes: number) => void;
}

/** Writes under way: one is handed to the disk while the one before is written. */
const writesAtOnce = 2;
/** Smaller files are not worth going past the page cache. */
const worthGoingPast = 16e6;

/** Writes some of the weight files of one pair into a folder. {@link close} must be called at the end, whatever that is. */
export class WeightsWriter {
  readonly #options: WeightsOptions;
  readonly #lanes: Lanes;
  /** Files whose spans are handed out at a time: half of the lanes hash, each one file. */
  readonly #turns: Pool<undefined>;
  readonly #writes = poolOf(writesAtOnce, () => undefined);
  readonly #descriptors: Pool<undefined>;
  readonly #open = new Set<SpanFile>();
  readonly #hashing = new Map<FuseLane, number>();
  readonly #work: FirstFailure;
  readonly #abort = () => this.#work.fail(new Interrupted('Stopped; nothing was written.'));
  /** Whether what is written is read back meanwhile; in one thread it would only stand in the way. */
  readonly checksMeanwhile: boolean;
  readonly #inThreads: boolean;
  #files = 0;

  private constructor(options: WeightsOptions, lanes: Lanes, inThreads: boolean) {
    this.#options = options;
    this.#lanes = lanes;
    this.#inThreads = inThreads;
    this.checksMeanwhile = inThreads && options.hashing;
    const atOnce = Math.ceil(lanes.all.length / 2);
    this.#turns = poolOf(atOnce, () => undefined);
    this.#descriptors = poolOf(atOnce + 4, () => undefined);
    const { places, checkPlaces, all } = lanes;
    this.#work = new FirstFailure((reason) => {
      for (const pool of [places, checkPlaces, this.#turns, this.#writes, this.#descriptors]) pool.close(reason);
      for (const lane of all) void lane.end(reason);
    });
    options.signal?.addEventListener('abort', this.#abort);
    if (options.signal?.aborted) this.#abort();
  }

  /**
   * Starts the threads.
   *
   * @param bytes that are to be written in all
   * @throws RunError when the project is not built
   */
  static async open(options: WeightsOptions, bytes: number): Promise<WeightsWriter> {
    const { base, sft, completion } = options.pair;
    const pair = { base: { shards: base.shards }, sft: { shards: sft.shards }, completion, alpha: options.alpha };
    const threads = threadCount(options.workers, bytes);
    return new WeightsWriter(options, await openLanes(pair, threads), threads > 0);
  }

  /**
   * Writes files, reads them back where {@link checksMeanwhile}, and makes them durable.
   *
   * @returns them in the order given
   * @throws InputError when an input cannot be read or a file cannot be written
   * @throws ChangedInput when an input is not what was opened as the pair
   * @throws RunError when a thread ends, or what is read back is not what was written
   * @throws Interrupted on abort
   */
  async write(shards: readonly OutputShard[]): Promise<readonly CommittedFile[]> {
    const written: Promise<CommittedFile>[] = [];
    return this.#work.heeding(async () => {
      for (const shard of shards) {
        await this.#turns.take();
        written.push(this.#work.watched(this.#writeFile(shard)));
      }
      return Promise.all(written);
    });
  }

  /** @throws ChangedInput when an input was touched since it was opened */
  async checkInputs(): Promise<void> {
    await this.#work.heeding(() => Promise.all(this.#lanes.all.map((lane) => lane.checkInputs())));
  }

  /** Ends the threads and closes the files, once nothing is under way. */
  async close(): Promise<void> {
    this.#options.signal?.removeEventListener('abort', this.#abort);
    const over = new RunError('The commit has ended.');
    this.#work.fail(over);
    await Promise.all(this.#lanes.all.map((lane) => lane.end(over)));
    await this.#work.settled();
    for (const file of this.#open) {
      try {
        file.close();
      } catch {
        // What failed before is what is said; nothing of the file is kept.
      }
    }
    this.#open.clear();
    giveMemory(this.#lanes.memory);
  }

  async #writeFile(shard: OutputShard): Promise<CommittedFile> {
    const { pair, resets, folder, hashing, syncing, onWork } = this.#options;
    const { name } = shard.source;
    const content = fileContent(pair, shard, resets);
    const bytes = content.byteLength;
    await this.#descriptors.take();
    const past = this.#inThreads && bytes >= worthGoingPast;
    const file = new SpanFile(join(folder.path, name), join(folder.target, name), bytes, past);
    this.#open.add(file);
    const id = this.#files++;
    const hasher = this.#hasher();
    for (const lane of this.#lanes.all) lane.begin(id, content);
    const spans: Promise<void>[] = [];
    let hashed = Promise.resolve();
    for (const span of spansOf(content, spanBytes)) {
      const start = await this.#lanes.places.take();
      const place = placeOf(start, span);
      const fused = this.#idlest().fuse(id, span, place);
      const before = hashed;
      hashed = this.#work.watched(
        (async () => {
          await Promise.all([fused, before]);
          if (hashing) await hasher.hash(id, place);
        })(),
      );
      const own = hashed;
      const write = async () => {
        await fused;
        await this.#writeSpan(file, span, place);
        if (this.checksMeanwhile) await this.#checkSpan(name, file, span, place);
        await own;
        this.#lanes.places.give(start);
        onWork('fuse', place.bytes);
      };
      spans.push(this.#work.watched(write()));
    }
    this.#turns.give(undefined);
    await Promise.all(spans);
    for (const lane of this.#lanes.all) lane.forget(id);
    const sha256 = hashing ? await hasher.digest(id) : '';
    this.#hashing.set(hasher, this.#hashing.get(hasher)! - 1);
    if (syncing) {
      onWork('write', 0);
      await this.#work.touching(() => file.sync());
    }
    this.#open.delete(file);
    file.close();
    this.#descriptors.give(undefined);
    return { name, bytes, sha256 };
  }

  async #writeSpan(file: SpanFile, { from }: Span, { at, bytes }: Place): Promise<void> {
    await this.#writes.take();
    await this.#work.touching(() => file.write({ memory: this.#lanes.memory, at, bytes }, from));
    this.#writes.give(undefined);
  }

  async #checkSpan(name: string, file: SpanFile, span: Span, written: Place): Promise<void> {
    const { memory, checkPlaces } = this.#lanes;
    const start = await checkPlaces.take();
    const place = placeOf(start, span);
    const bytes = await this.#work.touching(() => file.read({ memory, ...place }, span.from));
    if (bytes < place.bytes || !(await this.#idlest().isSame(written, place))) {
      throw new RunError(`"${name}" read back from the disk is not what was written: check the disk and try again.`);
    }
    checkPlaces.give(start);
  }

  #idlest(): FuseLane {
    return this.#lanes.all.reduce((least, lane) => (lane.load < least.load ? lane : least));
  }

  /** The lane that hashes the fewest files: it is to see one's bytes from first to last. */
  #hasher(): FuseLane {
    const files = (lane: FuseLane) => this.#hashing.get(lane) ?? 0;
    const chosen = this.#lanes.all.reduce((least, lane) => (files(lane) < files(least) ? lane : least));
    this.#hashing.set(chosen, files(chosen) + 1);
    return chosen;
  }
}

/** Lies in its block as the span does in the file's. */
function placeOf(start: number, { from, to }: Span): Place {
  return { at: start + (from % blockBytes), bytes: to - from };
}
