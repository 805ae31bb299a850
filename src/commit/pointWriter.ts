import { dirname, join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { type CheckpointFile, placeOf, type TensorEntry } from '../checkpoint/checkpoint.ts';
import type { CheckpointPair } from '../checkpoint/pair.ts';
import { OpenShards } from '../checkpoint/shards/openShards.ts';
import { checkUnchanged } from '../checkpoint/unchanged.ts';
import { Interrupted } from '../errors.ts';
import { InputFile } from '../files/reading/inputFile.ts';
import { inputKinds } from '../files/reading/inputKind.ts';
import { closeFile, makeFolders, setModified, writeAll } from '../files/writing/diskOperations.ts';
import { FileWriter } from '../files/writing/fileWriter.ts';
import { openOwnFile } from '../files/writing/ownFile.ts';
import { ScratchCheckpoint } from '../files/writing/scratchCheckpoint.ts';
import { FuseKernel } from '../kernels/fuseKernel.ts';
import { fusedParts } from './fusedParts.ts';
import { sideFiles } from './sideFiles.ts';
import { TensorFuser } from './tensorFuser.ts';
import { type TensorReset, tensorResets } from './tensorReset.ts';

/*
 * Writes one alpha and reset set after the other into a single temporary checkpoint, byte for byte what a commit would
 * write, without its hashes, syncs and reading back: nothing of it is to last. All points have the SFT checkpoint's
 * layout, so each is written over the one before, and where alpha is the same only tensors whose reset differs.
 */

/** Longest time, in milliseconds, that the work keeps the event loop from progress and cancellation, give or take a chunk. */
const turn = 10;

/** Further apart than any file system's clock ticks, seconds. */
const tick = 2;

/** What a point's weights are made of. */
export interface PointWeights {
  /** Its SFT side must be the writer's; its other side is what is fused with and reset to. */
  readonly pair: CheckpointPair;
  /** Share of the SFT side, 0 to 1 (eq. 1). */
  readonly alpha: number;
  /** Selected neurons by projection, ascending. */
  readonly resetSet: ReadonlyMap<string, Uint32Array>;
}

/** When to stop, and who hears how far the writing is. */
export interface PointWriting {
  readonly signal: AbortSignal;
  onProgress?(doneBytes: number, totalBytes: number): void;
}

/** What lies in the folder. */
interface Written extends Pick<PointWeights, 'pair' | 'alpha'> {
  readonly resets: ReadonlyMap<string, TensorReset>;
}

const purpose = { doing: 'measuring without a commit', what: 'the checkpoint that is measured' };

/** What lies beside the SFT checkpoint's weights and is copied. */
const filesBeside = (sft: CheckpointPair['sft']) => sideFiles({ folder: placeOf(sft), indexName: sft.indexName });

function bytesWith(besides: readonly CheckpointFile[], { shards }: CheckpointPair['sft']): number {
  const sizes = [...shards.map(({ byteLength }) => byteLength), ...besides.map(({ identity }) => identity.bytes)];
  return sizes.reduce((sum, bytes) => sum + bytes, 0);
}

/** The temporary checkpoint. */
export class PointWriter {
  readonly #sft: CheckpointPair['sft'];
  readonly #scratch: ScratchCheckpoint;
  readonly #kernel: FuseKernel;
  #written: Written | undefined;
  #writes = 0;

  private constructor(sft: CheckpointPair['sft'], scratch: ScratchCheckpoint, kernel: FuseKernel) {
    this.#sft = sft;
    this.#scratch = scratch;
    this.#kernel = kernel;
  }

  /** Bytes that the temporary checkpoint will take: those of the SFT checkpoint's weights, and what is copied beside. */
  static async neededBytes(sft: CheckpointPair['sft']): Promise<number> {
    return bytesWith(await filesBeside(sft), sft);
  }

  /**
   * Makes the folder, with all but the weights.
   *
   * @throws InputError when it cannot be made, there is no room, or a file beside the weights cannot be read
   */
  static async create(sft: CheckpointPair['sft']): Promise<PointWriter> {
    const kernel = await FuseKernel.load();
    const besides = await filesBeside(sft);
    const scratch = await ScratchCheckpoint.create(bytesWith(besides, sft), undefined, purpose);
    const writer = new PointWriter(sft, scratch, kernel);
    try {
      for (const file of besides) await writer.#copy(file);
      writer.#writeHeaders();
      return writer;
    } catch (error) {
      await scratch.remove();
      throw scratch.fault(error);
    }
  }

  /** The folder. Between two writes it is a whole checkpoint. */
  get place(): string {
    return this.#scratch.path;
  }

  /**
   * Writes a point over what is there.
   *
   * @returns bytes written: 0 where the checkpoint was that point already
   * @throws InputError when inputs cannot be read or there is no room
   * @throws ChangedInput when an input is not what was opened as the pair
   * @throws Interrupted on abort; the next write then writes all
   */
  async write({ pair, alpha, resetSet }: PointWeights, { signal, onProgress }: PointWriting): Promise<number> {
    const resets = tensorResets(pair, resetSet);
    const before = this.#written;
    const fused = before !== undefined && before.pair === pair && before.alpha === alpha;
    const changed = [...this.#sft.tensors.values()].filter(
      ({ name }) => !fused || !isDeepStrictEqual(before.resets.get(name), resets.get(name)),
    );
    this.#written = undefined;
    this.#writes++;
    const total = changed.reduce((sum, { byteLength }) => sum + byteLength, 0);
    const fuser = new TensorFuser(this.#kernel, alpha);
    const inputs = new OpenShards();
    let done = 0;
    let turnEnd = 0;
    try {
      for (const shard of this.#sft.shards.keys()) {
        const own = changed.filter((entry) => entry.shard === shard);
        if (own.length === 0) continue;
        const file = openOwnFile(this.#pathOf(shard), false);
        try {
          for (const entry of own) {
            let position = entry.begin;
            for (const chunk of this.#chunks(fuser, pair, entry, resets.get(entry.name), inputs)) {
              writeAll(file, chunk, position);
              position += chunk.length;
              done += chunk.length;
              if (performance.now() < turnEnd) continue;
              onProgress?.(done, total);
              await setImmediate();
              if (signal.aborted) throw new Interrupted('Stopped while a point was written.');
              turnEnd = performance.now() + turn;
            }
          }
          // An engine that still holds the point before knows by size and times alone that this is another. Clocks of file
          // systems may be coarse, and a point of a tiny model written and measured within a tick.
          setModified(file, tick * this.#writes);
        } finally {
          closeFile(file);
        }
      }
      inputs.checkUnchanged();
      for (const side of [pair.base, pair.sft]) await checkUnchanged(side, 'while it was read');
    } catch (error) {
      throw this.#scratch.fault(error);
    } finally {
      inputs.close();
    }
    this.#written = { pair, alpha, resets };
    return total;
  }

  /** Deletes the folder. */
  async remove(): Promise<void> {
    await this.#scratch.remove();
  }

  *#chunks(
    fuser: TensorFuser,
    pair: CheckpointPair,
    entry: TensorEntry,
    reset: TensorReset | undefined,
    inputs: OpenShards,
  ): Generator<Uint8Array> {
    const counterpart = pair.baseEntry(entry.name);
    const base = counterpart && { entry: counterpart, file: inputs.open(pair.base, counterpart.shard) };
    const sides = { sft: { entry, file: inputs.open(pair.sft, entry.shard) }, base, out: entry.dtype };
    for (const part of fusedParts(pair, sides)) yield* fuser.chunks(part, reset);
  }

  #pathOf(shard: number): string {
    return join(this.place, this.#sft.shards[shard]!.name);
  }

  /** The SFT checkpoint's own, padding and metadata included. */
  #writeHeaders(): void {
    const inputs = new OpenShards();
    try {
      for (const [index, { dataStart }] of this.#sft.shards.entries()) {
        const header = Buffer.alloc(dataStart);
        inputs.open(this.#sft, index).read(header, 0);
        this.#writeFile(this.#pathOf(index), header);
      }
    } finally {
      inputs.closeUnchanged();
    }
  }

  async #copy({ name, path, identity }: CheckpointFile): Promise<void> {
    const target = join(this.place, name);
    if (dirname(name) !== '.') await makeFolders(dirname(target));
    const source = new InputFile(path, inputKinds.sideFile, identity);
    try {
      const bytes = Buffer.alloc(source.byteLength);
      source.read(bytes, 0);
      this.#writeFile(target, bytes);
      source.checkUnchanged();
    } finally {
      source.close();
    }
  }

  #writeFile(path: string, bytes: Uint8Array): void {
    const writer = new FileWriter(path, path, false);
    try {
      writer.write(bytes);
    } finally {
      writer.close();
    }
  }
}
