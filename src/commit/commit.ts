import { mkdir, readFile, statfs } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { Checkpoint, Shard } from '../checkpoint/checkpoint.ts';
import { readFault } from '../checkpoint/fileFault.ts';
import { fileSha256 } from '../checkpoint/fileSha256.ts';
import type { CheckpointPair } from '../checkpoint/pair.ts';
import { InputError, Interrupted, RunError } from '../errors.ts';
import { FuseKernel } from '../kernels/fuseKernel.ts';
import { FileWriter } from './fileWriter.ts';
import { OpenShards } from './openShards.ts';
import { sideFiles } from './sideFiles.ts';
import { StagingFolder } from './staging.ts';
import { readFully, TensorFuser } from './tensorFuser.ts';
import { type TensorReset, tensorResets } from './tensorReset.ts';

/** What the work is at: fusing and writing, making it durable, reading it back. */
export type CommitActivity = 'fuse' | 'write' | 'check';

export interface CommitProgress {
  readonly activity: CommitActivity;
  readonly doneBytes: number;
  readonly totalBytes: number;
}

/** A file of the new checkpoint. */
export interface CommittedFile {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

export interface CommitOptions {
  readonly pair: CheckpointPair;
  /** Share of the SFT side, 0 to 1 (eq. 1). */
  readonly alpha: number;
  /** Selected neurons by projection (`model.layers.0.self_attn.q_proj`), ascending. */
  readonly resetSet: ReadonlyMap<string, Uint32Array>;
  /** Folder to be written; it lies neither in nor around an input. */
  readonly out: string;
  /** Replace what is there. */
  readonly overwrite: boolean;
  /** The content of `rejuvenation.json`, from the other files. */
  readonly manifest: (files: readonly CommittedFile[]) => unknown;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (progress: CommitProgress) => void;
  /** Switched off only to measure what they cost. */
  readonly hashing?: boolean;
  readonly syncing?: boolean;
}

/** The file inside a committed checkpoint that says how it was made. */
export const manifestName = 'rejuvenation.json';

/** Chunks between two looks at the event loop: about 16 MB, some 10 ms. */
const chunksPerTurn = 16;

/**
 * Writes the rejuvenated checkpoint in one streaming pass: every tensor fused (eq. 1) and its selected rows or columns
 * reset to the base (eq. 5), in the SFT checkpoint's files, order, dtypes and metadata, header bytes included. Memory
 * is bounded by the kernel's, whatever the model. The folder is staged beside the target, fsynced, read back and
 * compared, and only then takes the target's name.
 *
 * @throws InputError when inputs cannot be read or the output cannot be written; nothing is left then
 * @throws Interrupted on abort; nothing is left then
 * @throws RunError when what is read back is not what was written
 */
export async function commitCheckpoint(options: CommitOptions): Promise<readonly CommittedFile[]> {
  const { alpha, out, overwrite, pair } = options;
  if (!(alpha >= 0 && alpha <= 1)) throw new InputError(`alpha is ${alpha}, but must lie between 0 and 1.`);
  const kernel = await FuseKernel.load();
  const names = await sideFiles(pair.sft);
  await checkSpace(pair.sft.shards, out);
  const staging = await StagingFolder.create(out, overwrite);
  try {
    const files = await new Commit(options, kernel, staging.path).write(names);
    throwIfAborted(options.signal);
    await staging.publish();
    return files;
  } catch (error) {
    await staging.discard();
    throw error;
  }
}

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new Interrupted('Stopped; nothing was written.');
}

/** @throws InputError when the disk cannot hold the weights */
async function checkSpace(shards: readonly Shard[], out: string): Promise<void> {
  const needed = shards.reduce((sum, shard) => sum + shard.byteLength, 0);
  const folder = dirname(resolve(out));
  const disk = await statfs(folder).catch(() => undefined);
  if (disk === undefined) return;
  const free = disk.bavail * disk.bsize;
  if (free >= needed) return;
  const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`;
  throw new InputError(
    `"${folder}" has ${gigabytes(free)} free, but the checkpoint needs ${gigabytes(needed)}: make room, or choose another place.`,
  );
}

class Commit {
  readonly #options: CommitOptions;
  readonly #fuser: TensorFuser;
  readonly #kernel: FuseKernel;
  readonly #folder: string;
  readonly #resets: ReadonlyMap<string, TensorReset>;
  readonly #totalBytes: number;
  #doneBytes = 0;
  #chunks = 0;

  constructor(options: CommitOptions, kernel: FuseKernel, folder: string) {
    this.#options = options;
    this.#kernel = kernel;
    this.#fuser = new TensorFuser(kernel, options.alpha);
    this.#folder = folder;
    this.#resets = tensorResets(options.pair, options.resetSet);
    this.#totalBytes = options.pair.sft.shards.reduce((sum, shard) => sum + shard.byteLength, 0);
  }

  async write(sideNames: readonly string[]): Promise<CommittedFile[]> {
    const { sft } = this.#options.pair;
    const files: CommittedFile[] = [];
    const shards = new OpenShards();
    try {
      for (const [i, shard] of sft.shards.entries()) files.push(await this.#writeShard(shards, shard, i));
    } finally {
      shards.close();
    }
    for (const name of sideNames) files.push(await this.#copy(sft, name));
    await this.#check(files);
    const manifest = `${JSON.stringify(this.#options.manifest(files), null, 2)}\n`;
    return [...files, await this.#writeFile(manifestName, Buffer.from(manifest))];
  }

  async #writeShard(shards: OpenShards, { name, dataStart, byteLength }: Shard, index: number): Promise<CommittedFile> {
    const { pair, hashing = true, syncing = true } = this.#options;
    const { base, sft } = pair;
    const writer = new FileWriter(join(this.#folder, name), hashing);
    try {
      const source = shards.open(sft, index);
      await this.#copyHeader(source, writer, dataStart);
      for (const entry of sft.tensors.values()) {
        if (entry.shard !== index) continue;
        const baseEntry = pair.baseEntry(entry.name);
        const sides = { sft: entry, sftShard: source, base: baseEntry, baseShard: shards.open(base, baseEntry.shard) };
        for (const chunk of this.#fuser.chunks(sides, this.#resets.get(entry.name))) {
          writer.write(chunk);
          await this.#advance(chunk.length);
        }
      }
      if (writer.bytes !== byteLength) {
        throw new RunError(`"${name}" was written with ${writer.bytes} bytes instead of ${byteLength}.`);
      }
      this.#report('write');
      if (syncing) writer.sync();
      return { name, bytes: writer.bytes, sha256: writer.digest() };
    } finally {
      writer.close();
    }
  }

  /** The very same header, so that names, order, dtypes, padding and metadata are the SFT checkpoint's. */
  async #copyHeader(source: Parameters<typeof readFully>[0], writer: FileWriter, dataStart: number): Promise<void> {
    for (let at = 0; at < dataStart; ) {
      const part = this.#kernel.sft.subarray(0, Math.min(this.#kernel.chunkBytes, dataStart - at));
      readFully(source, part, at);
      writer.write(part);
      at += part.length;
      await this.#advance(part.length);
    }
  }

  async #copy({ folder }: Checkpoint, name: string): Promise<CommittedFile> {
    const path = join(folder, name);
    const bytes = await readFile(path).catch((error: unknown) => {
      throw readFault(error, path);
    });
    return this.#writeFile(name, bytes);
  }

  async #writeFile(name: string, bytes: Uint8Array): Promise<CommittedFile> {
    const path = join(this.#folder, name);
    if (dirname(name) !== '.') await mkdir(dirname(path), { recursive: true });
    const writer = new FileWriter(path, true);
    try {
      writer.write(bytes);
      if (this.#options.syncing ?? true) writer.sync();
      return { name, bytes: bytes.length, sha256: writer.digest() };
    } finally {
      writer.close();
    }
  }

  /** Reads every file back and compares its hash with what was meant to be written. */
  async #check(files: readonly CommittedFile[]): Promise<void> {
    if (this.#options.hashing === false) return;
    this.#doneBytes = 0;
    this.#report('check');
    for (const { name, sha256 } of files) {
      const path = join(this.#folder, name);
      const found = await fileSha256(path, this.#options.signal, (bytes) => {
        this.#doneBytes += bytes;
        this.#report('check');
      });
      if (found !== sha256) {
        throw new RunError(`"${name}" read back from the disk is not what was written: check the disk and try again.`);
      }
    }
  }

  async #advance(bytes: number): Promise<void> {
    this.#doneBytes += bytes;
    if (++this.#chunks % chunksPerTurn !== 0) return;
    this.#report('fuse');
    await setImmediate();
    throwIfAborted(this.#options.signal);
  }

  #report(activity: CommitActivity): void {
    this.#options.onProgress?.({ activity, doneBytes: this.#doneBytes, totalBytes: this.#totalBytes });
  }
}
