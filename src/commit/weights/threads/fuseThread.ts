import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { distFolder } from '../../../distFolder.ts';
import { RunError } from '../../../errors.ts';
import { errorOf } from '../../../files/threads/fault.ts';
import type { FileContent, Span } from '../fileContent.ts';
import type { FuseLane, Place } from '../lane.ts';
import type { FusedPair } from '../spanFuser.ts';
import type { FuseAnswer, FuseQuestion, FuseRequest, FuseWorkerData } from './fuseMessages.ts';

/* A thread that fuses weights, as the host sees it. */

interface Waiting {
  readonly bytes: number;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** A lane that is a thread. It keeps the process alive until it is ended. */
export class FuseThread implements FuseLane {
  readonly #worker: Worker;
  /** In the order of the requests, as are the answers. */
  readonly #waiting: Waiting[] = [];
  #load = 0;
  #ended: { readonly reason: unknown } | undefined;

  /** @throws RunError when the project is not built */
  constructor(pair: FusedPair, memory: SharedArrayBuffer) {
    const entry = join(distFolder, 'fuseWorker.cjs');
    if (!existsSync(entry)) throw new RunError(`"${entry}" is missing: build the project (npm run build).`);
    const workerData: FuseWorkerData = { kernel: join(distFolder, 'fuse.wasm'), pair, memory };
    // Loaders and flags of the host are not for a built file.
    this.#worker = new Worker(entry, { workerData, execArgv: [] });
    this.#worker.on('message', (answer: FuseAnswer) => this.#answered(answer));
    this.#worker.on('error', (error) => {
      this.#fail(new RunError(`A thread that fuses weights failed: ${error.message}`, { cause: error }));
    });
    this.#worker.on('exit', () => this.#fail(new RunError('A thread that fuses weights ended.')));
  }

  get load(): number {
    return this.#load;
  }

  begin(file: number, content: FileContent): void {
    this.#post({ type: 'begin', file, content });
  }

  forget(file: number): void {
    this.#post({ type: 'forget', file });
  }

  async fuse(file: number, span: Span, place: Place): Promise<void> {
    await this.#ask({ type: 'fuse', file, span, place }, place.bytes);
  }

  async hash(file: number, place: Place): Promise<void> {
    await this.#ask({ type: 'hash', file, place }, place.bytes);
  }

  async digest(file: number): Promise<string> {
    // The thread answers each question with what its kind asks for.
    return (await this.#ask({ type: 'digest', file }, 0)) as string;
  }

  async isSame(place: Place, other: Place): Promise<boolean> {
    return (await this.#ask({ type: 'isSame', place, other }, place.bytes)) as boolean;
  }

  async checkInputs(): Promise<void> {
    await this.#ask({ type: 'checkInputs' }, 0);
  }

  async end(reason: unknown): Promise<void> {
    this.#fail(reason);
    await this.#worker.terminate();
  }

  #post(request: FuseRequest): void {
    if (this.#ended === undefined) this.#worker.postMessage(request);
  }

  #ask(question: FuseQuestion, bytes: number): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#ended !== undefined) return reject(this.#ended.reason);
      this.#waiting.push({ bytes, resolve, reject });
      this.#load += bytes;
      this.#post(question);
    });
  }

  #answered(answer: FuseAnswer): void {
    const waiting = this.#waiting.shift();
    if (waiting === undefined) return;
    this.#load -= waiting.bytes;
    if (answer.type === 'fault') waiting.reject(errorOf(answer));
    else waiting.resolve(answer.value);
  }

  #fail(reason: unknown): void {
    this.#ended ??= { reason };
    for (const { reject } of this.#waiting.splice(0)) reject(this.#ended.reason);
  }
}
