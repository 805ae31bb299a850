import type { FileIdentity } from '../files/reading/fileIdentity.ts';
import type { Architecture } from './architecture/architecture.ts';
import type { Dtype } from './safetensors/dtype.ts';

/* A checkpoint as it was opened: its files, and where each tensor's bytes lie in them. */

/** One tensor of a checkpoint: where its bytes lie. */
export interface TensorEntry {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  /** Index into {@link Checkpoint.shards}. */
  readonly shard: number;
  /** Absolute position of the first byte in the shard's file (8 + header length + data offset). */
  readonly begin: number;
  readonly byteLength: number;
  /** The name in the file, where it differs by more than {@link Checkpoint.prefix}. */
  readonly stored?: string | undefined;
  /** The tensor of the file that it is a part of, where that holds those of several experts. */
  readonly stack?: { readonly name: string; readonly shape: readonly number[] } | undefined;
}

/** One `.safetensors` file of a checkpoint. */
export interface Shard {
  /** File name inside the checkpoint's folder. */
  readonly name: string;
  /** Real path, symlinks resolved (Hub caches link into `blobs/`). */
  readonly path: string;
  readonly byteLength: number;
  /** Bytes before the tensor data: 8 + header length. */
  readonly dataStart: number;
  /** The file whose header was read. */
  readonly identity: FileIdentity;
}

/** A file of a checkpoint as it was when the checkpoint was opened. */
export interface CheckpointFile {
  /** Name inside the checkpoint's folder. */
  readonly name: string;
  /** Absolute path, symlinks kept. */
  readonly path: string;
  readonly identity: FileIdentity;
}

/** Where a checkpoint that was merged comes from, and where it lies for the time being. */
export interface MergedFrom {
  /** Absolute path of the base. */
  readonly base: string;
  /** The temporary folder of the merged checkpoint. */
  readonly place: string;
  /** The adapter's own files, its weights first. */
  readonly files: readonly CheckpointFile[];
}

/** The folder that a checkpoint's files lie in. */
export function placeOf({ folder, merged }: Pick<Checkpoint, 'folder' | 'merged'>): string {
  return merged?.place ?? folder;
}

/** The files that a checkpoint was made from, and which of them are weights: an adapter's own where one was merged. */
export function sourcesOf({ shards, files, merged }: Checkpoint): {
  readonly files: readonly CheckpointFile[];
  readonly weights: ReadonlySet<string>;
} {
  if (merged === undefined) return { files, weights: new Set(shards.map(({ name }) => name)) };
  return { files: merged.files, weights: new Set([merged.files[0]!.name]) };
}

/** What a tensor is called in a checkpoint's files. */
export function storedName(
  { prefix }: Pick<Checkpoint, 'prefix'>,
  { name, stored, stack }: Pick<TensorEntry, 'name' | 'stored' | 'stack'>,
) {
  return stored ?? prefix + (stack?.name ?? name);
}

/**
 * What a file's header says of its tensors: of parts of one tensor that they are one.
 *
 * @param tensors in the file's order, each as it is to be written
 */
export function storedSpecs<Spec extends Pick<TensorEntry, 'dtype' | 'shape'>>(
  checkpoint: Pick<Checkpoint, 'prefix'>,
  tensors: readonly (readonly [entry: Pick<TensorEntry, 'name' | 'stored' | 'stack'>, spec: Spec])[],
) {
  const specs = new Map<string, { name: string; dtype: Spec['dtype']; shape: readonly number[] }>();
  for (const [entry, { dtype, shape }] of tensors) {
    const name = storedName(checkpoint, entry);
    specs.set(name, { name, dtype, shape: entry.stack?.shape ?? shape });
  }
  return [...specs.values()];
}

/** A validated Hugging Face folder. */
export interface Checkpoint {
  /** Absolute path as the user named it. */
  readonly folder: string;
  readonly architecture: Architecture;
  readonly shards: readonly Shard[];
  /** Every tensor by the model's name for it, in file order shard by shard. */
  readonly tensors: ReadonlyMap<string, TensorEntry>;
  /** What stands before every name in the files: `_orig_mod.` and the like, read over; empty as a rule. */
  readonly prefix: string;
  /** `model.safetensors.index.json`, when sharded. */
  readonly indexName: string | undefined;
  /** Absolute path of `tokenizer.json`, when there. */
  readonly tokenizerPath: string | undefined;
  /** `tokenizer_config.json`, when there. */
  readonly tokenizerConfigPath: string | undefined;
  /** Of an adapter merged into its base: {@link folder} is the adapter's, all else lies elsewhere. */
  readonly merged?: MergedFrom | undefined;
  /** The shards, then the other files that are read of it: config.json, the tokenizer's, the index. */
  readonly files: readonly CheckpointFile[];
}
