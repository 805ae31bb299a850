import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { Adapter } from '../checkpoint/adapter/adapter.ts';
import { isOfAdapter, type MergePlan } from '../checkpoint/adapter/mergePlan.ts';
import { embeddingName } from '../checkpoint/architecture/tensorNames.ts';
import type { Checkpoint, CheckpointFile } from '../checkpoint/checkpoint.ts';
import { OpenShards } from '../checkpoint/shards/openShards.ts';
import { checkUnchanged } from '../checkpoint/unchanged.ts';
import { Interrupted } from '../errors.ts';
import { InputFile } from '../files/reading/inputFile.ts';
import { inputKinds } from '../files/reading/inputKind.ts';
import { readTextFile } from '../files/reading/textFile.ts';
import { FileWriter } from '../files/writing/fileWriter.ts';
import { FuseKernel } from '../kernels/fuseKernel.ts';
import { LoraKernel } from '../kernels/loraKernel.ts';
import { mergedConfig } from './mergedConfig.ts';
import { type MergedShard, mergedIndex } from './mergedShards.ts';
import { sideSources } from './sideSources.ts';
import { TensorMerger } from './tensorMerger.ts';

/* Writes a merged checkpoint into a folder: weights, index, configuration, and what lies beside them. */

/** Longest time, in milliseconds, that the work keeps the event loop from progress and cancellation, give or take a chunk. */
const turn = 10;

/** What is merged, and what is told meanwhile. */
export interface MergeWork {
  readonly adapter: Adapter;
  readonly base: Checkpoint;
  readonly plan: MergePlan;
  readonly shards: readonly MergedShard[];
  readonly signal: AbortSignal;
  onProgress(doneBytes: number, totalBytes: number): void;
}

class MergeWriter {
  readonly #work: MergeWork;
  readonly #folder: string;
  readonly #merger: TensorMerger;
  readonly #total: number;
  #done = 0;
  #turnEnd = 0;

  constructor(work: MergeWork, folder: string, merger: TensorMerger) {
    this.#work = work;
    this.#folder = folder;
    this.#merger = merger;
    this.#total = work.shards.reduce((sum, { byteLength }) => sum + byteLength, 0);
  }

  async shard(shard: MergedShard, index: number, files: OpenShards, adapter: InputFile): Promise<void> {
    const { base } = this.#work;
    await this.write(shard.name, async (writer) => {
      if (shard.header !== undefined) writer.write(shard.header);
      else {
        const header = Buffer.alloc(base.shards[index]!.dataStart);
        files.open(base, index).read(header, 0);
        writer.write(header);
      }
      for (const tensor of shard.tensors) {
        const entry = base.tensors.get(tensor.name) ?? base.tensors.get(embeddingName)!;
        const source = isOfAdapter(tensor.from) ? entry : tensor.from;
        for (const chunk of this.#merger.chunks(tensor, { base: files.open(base, source.shard), adapter })) {
          writer.write(chunk);
          this.#done += chunk.length;
          await this.#turn();
        }
      }
    });
  }

  async copy({ name, path, identity }: CheckpointFile, makeFolder: (name: string) => Promise<void>): Promise<void> {
    await makeFolder(name);
    const source = new InputFile(path, inputKinds.sideFile, identity);
    try {
      await this.write(name, (writer) => {
        const bytes = Buffer.alloc(source.byteLength);
        source.read(bytes, 0);
        writer.write(bytes);
      });
      source.checkUnchanged();
    } finally {
      source.close();
    }
  }

  async write(name: string, fill: (writer: FileWriter) => void | Promise<void>): Promise<void> {
    const path = join(this.#folder, name);
    const writer = new FileWriter(path, path, false);
    try {
      await fill(writer);
    } finally {
      writer.close();
    }
  }

  async #turn(): Promise<void> {
    if (performance.now() < this.#turnEnd) return;
    this.#work.onProgress(Math.min(this.#done, this.#total), this.#total);
    await setImmediate();
    if (this.#work.signal.aborted) throw new Interrupted('Stopped while the adapter was merged.');
    this.#turnEnd = performance.now() + turn;
  }
}

/**
 * Writes the merged checkpoint.
 *
 * @param folder there and empty; @param makeFolder makes the folder that a file's name asks for inside it
 * @throws InputError when an input cannot be read, an adapter's value is not finite, or the folder cannot be written to
 * @throws ChangedInput when an input is not what was opened; Interrupted on abort
 */
export async function writeMerged(
  work: MergeWork,
  folder: string,
  makeFolder: (name: string) => Promise<void>,
): Promise<void> {
  const { adapter, base, plan, shards } = work;
  const most = Math.max(1, ...[...plan.tensors.values()].map(({ pairs }) => pairs.length));
  const kernels = await Promise.all(Array.from({ length: most }, () => LoraKernel.load()));
  const writer = new MergeWriter(work, folder, new TensorMerger(adapter, await FuseKernel.load(), kernels));
  const files = new OpenShards();
  const weights = new InputFile(adapter.weights.path, inputKinds.weights, adapter.weights.identity);
  try {
    for (const [index, shard] of shards.entries()) await writer.shard(shard, index, files, weights);
    weights.checkUnchanged();
    files.checkUnchanged();
  } finally {
    weights.close();
    files.close();
  }
  for (const file of await sideSources(adapter, base)) await writer.copy(file, makeFolder);
  const config = mergedConfig(await readTextFile(join(base.folder, 'config.json'), inputKinds.config), plan);
  await writer.write('config.json', (out) => out.write(Buffer.from(config)));
  if (base.indexName !== undefined) {
    const changed = shards.some(({ header }) => header !== undefined);
    const text = changed
      ? mergedIndex(base, shards)
      : await readTextFile(join(base.folder, base.indexName), inputKinds.shardIndex);
    await writer.write(base.indexName, (out) => out.write(Buffer.from(text)));
  }
  await checkUnchanged(base, 'while the adapter was merged into it');
  await checkUnchanged(adapter, 'while it was merged');
}
