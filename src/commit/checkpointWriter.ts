import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { type CheckpointFile, placeOf } from '../checkpoint/checkpoint.ts';
import { checkUnchanged } from '../checkpoint/unchanged.ts';
import { Interrupted, RunError } from '../errors.ts';
import { InputFile } from '../files/reading/inputFile.ts';
import { inputKinds } from '../files/reading/inputKind.ts';
import { quotedPath } from '../files/reading/shown.ts';
import { FileWriter } from '../files/writing/fileWriter.ts';
import { manifestName } from '../files/writing/manifestName.ts';
import type { StagingFolder } from '../files/writing/stagingFolder.ts';
import { CommitMeter } from './commitMeter.ts';
import type { CommitActivity, CommitOptions, CommittedFile } from './commitOptions.ts';
import type { OutputShard } from './outputShards.ts';
import { partFiles, takeFile } from './parts/partFiles.ts';
import { rewrittenFiles } from './rewrittenFiles.ts';
import { sideFiles } from './sideFiles.ts';
import { tensorResets } from './tensorReset.ts';
import { WeightsWriter } from './weights/weightsWriter.ts';

/* Writes the files of a new checkpoint, and reads them back to check them. */

/** Longest time, in milliseconds, that the work keeps the event loop from progress and cancellation, give or take a chunk. */
const turn = 10;
/** Bytes of the files beside the weights that are copied or read back at a time. */
const chunkBytes = 1 << 18;

/** Writes the files of a rejuvenated checkpoint into its staging folder, and reads them back. */
export class CheckpointWriter {
  readonly #options: CommitOptions;
  readonly #shards: readonly OutputShard[];
  readonly #staging: StagingFolder;
  readonly #weights: WeightsWriter;
  readonly #meter: CommitMeter;
  readonly #chunk = Buffer.alloc(chunkBytes);
  readonly #besides: CommittedFile[] = [];
  #written: readonly CommittedFile[] = [];
  #turnEnd = 0;

  private constructor(
    options: CommitOptions,
    shards: readonly OutputShard[],
    staging: StagingFolder,
    weights: WeightsWriter,
    meter: CommitMeter,
  ) {
    this.#options = options;
    this.#shards = shards;
    this.#staging = staging;
    this.#weights = weights;
    this.#meter = meter;
  }

  /**
   * Starts the threads. {@link close} must be called at the end, whatever that is.
   *
   * @param shards weight files to be written
   * @throws RunError when the project is not built
   */
  static async open(
    options: CommitOptions,
    shards: readonly OutputShard[],
    staging: StagingFolder,
  ): Promise<CheckpointWriter> {
    const { pair, alpha, resetSet, workers, hashing = true, syncing = true, signal, onProgress } = options;
    const bytes = shards.reduce((sum, { byteLength }) => sum + byteLength, 0);
    const meter = new CommitMeter(bytes, onProgress);
    const resets = tensorResets(pair, resetSet);
    const weights = await WeightsWriter.open(
      { pair, alpha, resets, folder: staging, workers, hashing, syncing, signal, onWork: meter.worked },
      bytes,
    );
    return new CheckpointWriter(options, shards, staging, weights, meter);
  }

  /**
   * Writes everything; the manifest last, since it tells the hashes of the rest.
   *
   * @throws InputError when inputs cannot be read or the output cannot be written
   * @throws ChangedInput when an input is not, at any moment from its opening to the end, what was opened as the pair
   * @throws Interrupted on abort
   */
  async write(): Promise<readonly CommittedFile[]> {
    const { documents, dtype, pair } = this.#options;
    const { base, sft } = pair;
    // What cannot be copied is said before the weights take their minutes.
    const besides = await sideFiles({ folder: placeOf(sft), indexName: sft.indexName });
    const rewritten = await rewrittenFiles(sft, dtype, this.#shards);
    this.#written = await this.#writeWeights();
    for (const file of besides) {
      const text = rewritten.get(file.name);
      if (text === undefined) await this.#copyFile(file);
      else await this.#writeText(file.name, text);
    }
    for (const [name, text] of documents ?? []) await this.#writeText(name, text);
    await this.#weights.checkInputs();
    // By the names in the folders too, which links among them may lead elsewhere by now.
    for (const side of [base, sft]) await checkUnchanged(side, 'while it was read');
    const manifest = `${JSON.stringify(this.#options.manifest([...this.#written, ...this.#besides]), null, 2)}\n`;
    await this.#writeText(manifestName, manifest);
    return [...this.#written, ...this.#besides];
  }

  /**
   * Reads every file back, as far as that has not been done yet, and compares it with what was meant to be written.
   *
   * @throws RunError for a file that differs
   * @throws Interrupted on abort
   */
  async check(): Promise<void> {
    const left =
      this.#weights.checksMeanwhile && this.#options.parts === undefined
        ? this.#besides
        : [...this.#written, ...this.#besides];
    const bytes = left.reduce((sum, file) => sum + file.bytes, 0);
    this.#meter.beginCheck(bytes);
    for (const { name, sha256 } of left) {
      if ((await this.#hashWritten(name)) === sha256) continue;
      const { parts } = this.#options;
      if (parts !== undefined && this.#written.some((file) => file.name === name)) {
        throw new RunError(
          `${quotedPath(join(parts.folder, name))} is not what its part wrote: delete it and write that part again with --shard.`,
        );
      }
      throw new RunError(`"${name}" read back from the disk is not what was written: check the disk and try again.`);
    }
    this.#meter.endCheck();
  }

  /** Ends the threads and closes all files. */
  async close(): Promise<void> {
    await this.#weights.close();
  }

  /** Through memory of its own: a stream's buffers, each new, took as long again. */
  async #hashWritten(name: string): Promise<string> {
    const hash = createHash('sha256');
    const file = new InputFile(join(this.#staging.path, name), inputKinds.weights);
    try {
      for (let at = 0; at < file.byteLength; ) {
        const part = this.#chunk.subarray(0, Math.min(chunkBytes, file.byteLength - at));
        file.read(part, at);
        hash.update(part);
        at += part.length;
        await this.#advance(part.length, 'check');
      }
    } finally {
      file.close();
    }
    return hash.digest('hex');
  }

  /** Those that parts of the commit have left are taken as they are; {@link check} reads them. */
  async #writeWeights(): Promise<readonly CommittedFile[]> {
    const { parts } = this.#options;
    if (parts === undefined) return this.#weights.write(this.#shards);
    const files = await partFiles(parts, this.#shards);
    for (const { name } of files) await takeFile(parts.folder, this.#staging.path, name);
    return files;
  }

  #writeText(name: string, text: string | Uint8Array): Promise<void> {
    return this.#writeFile(name, (writer) => {
      writer.write(Buffer.from(text));
    });
  }

  async #copyFile({ name, path, identity }: CheckpointFile): Promise<void> {
    if (dirname(name) !== '.') await this.#staging.makeSubfolder(dirname(name));
    const source = new InputFile(path, inputKinds.sideFile, identity);
    try {
      await this.#writeFile(name, async (writer) => {
        for (let at = 0; at < source.byteLength; ) {
          const part = this.#chunk.subarray(0, Math.min(chunkBytes, source.byteLength - at));
          source.read(part, at);
          writer.write(part);
          at += part.length;
          await this.#advance(part.length, 'fuse');
        }
      });
      source.checkUnchanged();
    } finally {
      source.close();
    }
  }

  /** Makes a file and its content durable, and lists it. */
  async #writeFile(name: string, fill: (writer: FileWriter) => void | Promise<void>): Promise<void> {
    const writer = new FileWriter(join(this.#staging.path, name), join(this.#staging.target, name), true);
    try {
      await fill(writer);
      if (this.#options.syncing ?? true) {
        this.#meter.worked('write', 0);
        await writer.sync();
      }
      this.#besides.push({ name, bytes: writer.bytes, sha256: writer.digest() });
    } finally {
      writer.close();
    }
  }

  async #advance(bytes: number, activity: CommitActivity): Promise<void> {
    this.#meter.worked(activity, bytes);
    if (performance.now() < this.#turnEnd) return;
    await setImmediate();
    if (this.#options.signal?.aborted) throw new Interrupted('Stopped; nothing was written.');
    this.#turnEnd = performance.now() + turn;
  }
}
