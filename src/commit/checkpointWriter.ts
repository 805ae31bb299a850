import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { type CheckpointFile, placeOf } from '../checkpoint/checkpoint.ts';
import { OpenShards } from '../checkpoint/shards/openShards.ts';
import { checkUnchanged } from '../checkpoint/unchanged.ts';
import { Interrupted, RunError } from '../errors.ts';
import { InputFile } from '../files/reading/inputFile.ts';
import { inputKinds } from '../files/reading/inputKind.ts';
import { FileWriter } from '../files/writing/fileWriter.ts';
import { manifestName } from '../files/writing/manifestName.ts';
import type { StagingFolder } from '../files/writing/stagingFolder.ts';
import type { FuseKernel } from '../kernels/fuseKernel.ts';
import type { CommitActivity, CommitOptions, CommittedFile } from './commitOptions.ts';
import { fusedParts } from './fusedParts.ts';
import type { OutputShard } from './outputShards.ts';
import { rewrittenFiles } from './rewrittenFiles.ts';
import { sideFiles } from './sideFiles.ts';
import { TensorFuser } from './tensorFuser.ts';
import { type TensorReset, tensorResets } from './tensorReset.ts';

/* Writes the files of a new checkpoint, and reads them back to check them. */

/** Longest time, in milliseconds, that the work keeps the event loop from progress and cancellation, give or take a chunk. */
const turn = 10;

/** Writes the files of a rejuvenated checkpoint into its staging folder, and reads them back. */
export class CheckpointWriter {
  readonly #options: CommitOptions;
  readonly #shards: readonly OutputShard[];
  readonly #staging: StagingFolder;
  readonly #kernel: FuseKernel;
  readonly #fuser: TensorFuser;
  readonly #resets: ReadonlyMap<string, TensorReset>;
  readonly #files: CommittedFile[] = [];
  #doneBytes = 0;
  #totalBytes: number;
  #turnEnd = 0;

  constructor(options: CommitOptions, shards: readonly OutputShard[], kernel: FuseKernel, staging: StagingFolder) {
    this.#options = options;
    this.#shards = shards;
    this.#staging = staging;
    this.#kernel = kernel;
    this.#fuser = new TensorFuser(kernel, options.alpha);
    this.#resets = tensorResets(options.pair, options.resetSet);
    this.#totalBytes = shards.reduce((sum, { byteLength }) => sum + byteLength, 0);
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
    const shards = new OpenShards();
    try {
      for (const shard of this.#shards) await this.#writeShard(shards, shard);
      for (const file of besides) {
        const text = rewritten.get(file.name);
        if (text === undefined) await this.#copyFile(file);
        else await this.#writeText(file.name, text);
      }
      for (const [name, text] of documents ?? []) await this.#writeText(name, text);
      shards.checkUnchanged();
      // By the names in the folders too, which links among them may lead elsewhere by now.
      for (const side of [base, sft]) await checkUnchanged(side, 'while it was read');
    } finally {
      shards.close();
    }
    const manifest = `${JSON.stringify(this.#options.manifest([...this.#files]), null, 2)}\n`;
    await this.#writeText(manifestName, manifest);
    return this.#files;
  }

  /**
   * Reads every file back and compares it with what was meant to be written.
   *
   * @throws RunError for a file that differs
   * @throws Interrupted on abort
   */
  async check(): Promise<void> {
    this.#doneBytes = 0;
    this.#totalBytes = this.#files.reduce((sum, { bytes }) => sum + bytes, 0);
    this.#report('check');
    for (const { name, sha256 } of this.#files) {
      if ((await this.#hashWritten(name)) === sha256) continue;
      throw new RunError(`"${name}" read back from the disk is not what was written: check the disk and try again.`);
    }
    this.#report('check');
  }

  /** Through the kernel's memory: a stream's buffers, each new, took as long again. */
  async #hashWritten(name: string): Promise<string> {
    const hash = createHash('sha256');
    const file = new InputFile(join(this.#staging.path, name), inputKinds.weights);
    try {
      for (let at = 0; at < file.byteLength; ) {
        const part = this.#kernel.sft.subarray(0, Math.min(this.#kernel.chunkBytes, file.byteLength - at));
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

  async #writeShard(shards: OpenShards, shard: OutputShard): Promise<void> {
    const { source, index, header, tensors, byteLength } = shard;
    const { name, dataStart } = source;
    const { pair, hashing = true } = this.#options;
    const { base, sft } = pair;
    await this.#writeFile(name, hashing, async (writer) => {
      const sftFile = shards.open(sft, index);
      if (header === undefined) await this.#copy(sftFile, writer, dataStart);
      else writer.write(header);
      for (const { entry, dtype } of tensors) {
        const counterpart = pair.baseEntry(entry.name);
        const baseSide = counterpart && { entry: counterpart, file: shards.open(base, counterpart.shard) };
        const sides = { sft: { entry, file: sftFile }, base: baseSide, out: dtype };
        for (const part of fusedParts(pair, sides)) {
          for (const chunk of this.#fuser.chunks(part, this.#resets.get(entry.name))) {
            writer.write(chunk);
            await this.#advance(chunk.length, 'fuse');
          }
        }
      }
      if (writer.bytes !== byteLength) {
        throw new RunError(`"${name}" was written with ${writer.bytes} bytes instead of ${byteLength}.`);
      }
    });
  }

  #writeText(name: string, text: string | Uint8Array): Promise<void> {
    return this.#writeFile(name, true, (writer) => {
      writer.write(Buffer.from(text));
    });
  }

  async #copyFile({ name, path, identity }: CheckpointFile): Promise<void> {
    if (dirname(name) !== '.') await this.#staging.makeSubfolder(dirname(name));
    const source = new InputFile(path, inputKinds.sideFile, identity);
    try {
      await this.#writeFile(name, true, (writer) => this.#copy(source, writer, source.byteLength));
      source.checkUnchanged();
    } finally {
      source.close();
    }
  }

  /** Copies the first bytes of a file, through the kernel's memory. */
  async #copy(source: InputFile, writer: FileWriter, bytes: number): Promise<void> {
    for (let at = 0; at < bytes; ) {
      const part = this.#kernel.sft.subarray(0, Math.min(this.#kernel.chunkBytes, bytes - at));
      source.read(part, at);
      writer.write(part);
      at += part.length;
      await this.#advance(part.length, 'fuse');
    }
  }

  /** Makes a file and its content durable, and lists it. */
  async #writeFile(name: string, hashing: boolean, fill: (writer: FileWriter) => void | Promise<void>): Promise<void> {
    const writer = new FileWriter(join(this.#staging.path, name), join(this.#staging.target, name), hashing);
    try {
      await fill(writer);
      if (this.#options.syncing ?? true) {
        this.#report('write');
        await writer.sync();
      }
      this.#files.push({ name, bytes: writer.bytes, sha256: writer.digest() });
    } finally {
      writer.close();
    }
  }

  async #advance(bytes: number, activity: CommitActivity): Promise<void> {
    this.#doneBytes += bytes;
    if (performance.now() < this.#turnEnd) return;
    this.#report(activity);
    await setImmediate();
    if (this.#options.signal?.aborted) throw new Interrupted('Stopped; nothing was written.');
    this.#turnEnd = performance.now() + turn;
  }

  #report(activity: CommitActivity): void {
    const doneBytes = Math.min(this.#doneBytes, this.#totalBytes);
    this.#options.onProgress?.({ activity, doneBytes, totalBytes: this.#totalBytes });
  }
}
