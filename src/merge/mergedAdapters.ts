import { realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Adapter } from '../checkpoint/adapter/adapter.ts';
import { planMerge } from '../checkpoint/adapter/mergePlan.ts';
import { isAdapterFolder, openAdapter } from '../checkpoint/adapter/openAdapter.ts';
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { hubSnapshotOf } from '../checkpoint/folder/hubId.ts';
import { openCheckpoint } from '../checkpoint/openCheckpoint.ts';
import { checkUnchanged } from '../checkpoint/unchanged.ts';
import { shown } from '../files/reading/shown.ts';
import { makeFolder } from '../files/writing/diskOperations.ts';
import { ScratchCheckpoint } from '../files/writing/scratchCheckpoint.ts';
import { writeMerged } from './mergedCheckpoint.ts';
import { mergedShards } from './mergedShards.ts';

/*
 * Opens the checkpoints that a user names. A LoRA adapter among them is merged into its base, as a whole checkpoint in a
 * temporary folder, so that whoever reads it reads a checkpoint like any other.
 */

/** What whoever opens checkpoints gives and hears. */
export interface MergeContext {
  readonly signal: AbortSignal;
  onNote(text: string): void;
  onProgress(doneBytes: number, totalBytes: number): void;
}

/** Files beside the weights, at most: tokenizers and their kind. */
const sideRoom = 100e6;

/** What an adapter was trained on and its base are called. */
function modelName(path: string): string {
  return basename(hubSnapshotOf(path)?.id ?? path).toLowerCase();
}

/** Whether an adapter may be of another base than the one it is merged into. */
async function isElsewhere(trainedOn: string, base: string): Promise<boolean> {
  const there = await realpath(trainedOn).catch(() => undefined);
  if (there !== undefined) return there !== (await realpath(base).catch(() => base));
  return modelName(trainedOn) !== modelName(base);
}

async function notesOn(adapter: Adapter, base: Checkpoint, bytes: number, place: string): Promise<string[]> {
  const { folder, config } = adapter;
  const size = bytes < 1e8 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
  const notes = [
    `"${folder}" is a LoRA adapter: it is merged into the base "${base.folder}", for the time being in "${dirname(place)}" (${size}).`,
  ];
  const { trainedOn = '' } = config;
  if (trainedOn !== '' && (await isElsewhere(trainedOn, base.folder))) {
    notes.push(
      `The adapter says that it was trained on ${shown(trainedOn)}; make sure that "${base.folder}" is that model, unquantised.`,
    );
  }
  return notes;
}

/** Checkpoints of one command; what was merged for them is deleted at its end. */
export class MergedAdapters {
  readonly #scratch: ScratchCheckpoint[] = [];
  readonly #merged = new Map<string, Checkpoint>();

  /**
   * Opens a checkpoint, or merges the adapter in a folder.
   *
   * @param base of which an adapter is
   * @throws InputError as {@link openCheckpoint} and `planMerge`, or when there is no room
   * @throws ChangedInput when a file changes meanwhile; Interrupted on abort
   */
  async open(path: string, base: Checkpoint, context: MergeContext): Promise<Checkpoint> {
    if (!(await isAdapterFolder(path))) return openCheckpoint(path);
    const adapter = await openAdapter(path);
    const key = JSON.stringify([adapter.folder, adapter.files, base.folder, base.files]);
    const known = this.#merged.get(key);
    if (known !== undefined) {
      await checkUnchanged(known, 'after it was merged');
      return known;
    }
    const checkpoint = await this.#merge(adapter, base, context);
    this.#merged.set(key, checkpoint);
    return checkpoint;
  }

  async #merge(adapter: Adapter, base: Checkpoint, context: MergeContext): Promise<Checkpoint> {
    const plan = planMerge(adapter, base);
    const shards = await mergedShards(base, plan);
    const bytes = shards.reduce((sum, { byteLength }) => sum + byteLength, 0);
    const scratch = await ScratchCheckpoint.create(bytes + sideRoom);
    this.#scratch.push(scratch);
    for (const text of await notesOn(adapter, base, bytes, scratch.path)) context.onNote(text);
    const folders = new Set<string>();
    const folderFor = async (name: string) => {
      const folder = dirname(name);
      if (folder === '.' || folders.has(folder)) return;
      folders.add(folder);
      await makeFolder(join(scratch.path, folder));
    };
    try {
      await writeMerged({ adapter, base, plan, shards, ...context }, scratch.path, folderFor);
    } catch (error) {
      throw scratch.fault(error);
    }
    const opened = await openCheckpoint(scratch.path);
    // What is read of it besides weights lies in the user's folders too, which messages should name.
    const tokenizer = adapter.names.has('tokenizer.json') ? adapter.folder : base.folder;
    const { tokenizerPath: own, tokenizerConfigPath: config } = opened;
    return {
      ...opened,
      folder: adapter.folder,
      tokenizerPath: own && join(tokenizer, 'tokenizer.json'),
      tokenizerConfigPath: config && join(tokenizer, 'tokenizer_config.json'),
      merged: { base: base.folder, place: scratch.path, files: adapter.files },
    };
  }

  /** Deletes what was merged. */
  async close(): Promise<void> {
    this.#merged.clear();
    for (const scratch of this.#scratch.splice(0)) await scratch.remove();
  }
}
