import { createHash, type Hash } from 'node:crypto';
import type { FuseKernel } from '../../kernels/fuseKernel.ts';
import type { FileContent, Span } from './fileContent.ts';
import type { Place } from './lane.ts';
import { type FusedPair, SpanFuser } from './spanFuser.ts';

/** What a lane does, in whichever thread: fuses spans, hashes files, and compares what was read back. */
export class LaneWork {
  readonly #memory: SharedArrayBuffer;
  readonly #fuser: SpanFuser;
  readonly #contents = new Map<number, FileContent>();
  readonly #hashes = new Map<number, Hash>();

  constructor(pair: FusedPair, kernel: FuseKernel, memory: SharedArrayBuffer) {
    this.#memory = memory;
    this.#fuser = new SpanFuser(pair, kernel);
  }

  begin(file: number, content: FileContent): void {
    this.#contents.set(file, content);
  }

  forget(file: number): void {
    this.#contents.delete(file);
  }

  /** @throws InputError when an input cannot be read; ChangedInput when it is another */
  fuse(file: number, span: Span, place: Place): void {
    this.#fuser.fuse(this.#contents.get(file)!, span, this.#bytes(place));
  }

  hash(file: number, place: Place): void {
    let hash = this.#hashes.get(file);
    if (hash === undefined) {
      hash = createHash('sha256');
      this.#hashes.set(file, hash);
    }
    hash.update(this.#bytes(place));
  }

  digest(file: number): string {
    const hash = this.#hashes.get(file) ?? createHash('sha256');
    this.#hashes.delete(file);
    return hash.digest('hex');
  }

  isSame(place: Place, other: Place): boolean {
    return this.#bytes(place).equals(this.#bytes(other));
  }

  /** @throws ChangedInput when an input was touched since it was opened */
  checkInputs(): void {
    this.#fuser.checkInputs();
  }

  close(): void {
    this.#fuser.close();
  }

  #bytes({ at, bytes }: Place): Buffer {
    return Buffer.from(this.#memory, at, bytes);
  }
}
