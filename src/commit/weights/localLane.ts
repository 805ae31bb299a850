import { setImmediate } from 'node:timers/promises';
import { FuseKernel } from '../../kernels/fuseKernel.ts';
import type { FileContent, Span } from './fileContent.ts';
import type { FuseLane, Place } from './lane.ts';
import { LaneWork } from './laneWork.ts';
import type { FusedPair } from './spanFuser.ts';

/** A lane in this thread, for what is done before a thread has started. Between two requests others have their turn. */
export class LocalLane implements FuseLane {
  readonly #work: LaneWork;
  #last: Promise<unknown> = Promise.resolve();
  #load = 0;
  #ended: { readonly reason: unknown } | undefined;

  private constructor(work: LaneWork) {
    this.#work = work;
  }

  /** @throws RunError when the compiled kernel is missing or damaged */
  static async open(pair: FusedPair, memory: SharedArrayBuffer): Promise<LocalLane> {
    return new LocalLane(new LaneWork(pair, await FuseKernel.load(), memory));
  }

  get load(): number {
    return this.#load;
  }

  begin(file: number, content: FileContent): void {
    this.#work.begin(file, content);
  }

  forget(file: number): void {
    this.#work.forget(file);
  }

  fuse(file: number, span: Span, place: Place): Promise<void> {
    return this.#do(place.bytes, () => this.#work.fuse(file, span, place));
  }

  hash(file: number, place: Place): Promise<void> {
    return this.#do(place.bytes, () => this.#work.hash(file, place));
  }

  digest(file: number): Promise<string> {
    return this.#do(0, () => this.#work.digest(file));
  }

  isSame(place: Place, other: Place): Promise<boolean> {
    return this.#do(place.bytes, () => this.#work.isSame(place, other));
  }

  checkInputs(): Promise<void> {
    return this.#do(0, () => this.#work.checkInputs());
  }

  async end(reason: unknown): Promise<void> {
    this.#ended ??= { reason };
    await this.#last;
    this.#work.close();
  }

  #do<Result>(bytes: number, work: () => Result): Promise<Result> {
    this.#load += bytes;
    const done = this.#last.then(async () => {
      await setImmediate();
      this.#load -= bytes;
      if (this.#ended !== undefined) throw this.#ended.reason;
      return work();
    });
    this.#last = done.catch(() => undefined);
    return done;
  }
}
