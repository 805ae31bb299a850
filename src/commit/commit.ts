import type { CheckpointPair } from '../checkpoint/pair.ts';
import { InputError, Interrupted } from '../errors.ts';
import { FuseKernel } from '../kernels/fuseKernel.ts';
import { CheckpointWriter } from './checkpointWriter.ts';
import { StagingFolder } from './staging.ts';
import { checkTarget } from './target.ts';

/** What the work is at: fusing and writing, making it durable, reading it back. */
export type CommitActivity = 'fuse' | 'write' | 'check';

export interface CommitProgress {
  readonly activity: CommitActivity;
  readonly doneBytes: number;
  readonly totalBytes: number;
}

/** A file of the new checkpoint. */
export interface CommittedFile {
  /** Path inside the checkpoint's folder. */
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
  /** Folder to be written. */
  readonly out: string;
  /** Replace what is there, once the new checkpoint is complete. */
  readonly overwrite: boolean;
  /** The content of `rejuvenation.json`, from the other files. */
  readonly manifest: (files: readonly CommittedFile[]) => unknown;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (progress: CommitProgress) => void;
  /** Hashing, and the check that needs it; switched off only to measure what it costs. */
  readonly hashing?: boolean;
  /** Making files durable; switched off only to measure what it costs. */
  readonly syncing?: boolean;
}

/**
 * Writes the rejuvenated checkpoint in one streaming pass: every tensor fused (eq. 1) and its selected rows or columns
 * reset to the base (eq. 5), in the SFT checkpoint's files, order, dtypes and metadata, header bytes included. Memory
 * is bounded by the kernel's, whatever the model. The folder is staged beside the target, fsynced, read back and
 * compared, and only then takes the target's name: after a kill at any point the target is absent, old or complete.
 *
 * @returns every file written
 * @throws InputError when inputs cannot be read or the output cannot be written; nothing is left then
 * @throws Interrupted on abort; nothing is left then
 * @throws RunError when what is read back is not what was written; nothing is left then
 */
export async function commitCheckpoint(options: CommitOptions): Promise<readonly CommittedFile[]> {
  const { alpha, hashing = true, out, overwrite, pair, signal } = options;
  if (!(alpha >= 0 && alpha <= 1)) throw new InputError(`alpha is ${alpha}, but must lie between 0 and 1.`);
  const kernel = await FuseKernel.load();
  await checkTarget(out, pair, overwrite);
  const weightBytes = pair.sft.shards.reduce((sum, { byteLength }) => sum + byteLength, 0);
  const staging = await StagingFolder.create(out, overwrite, weightBytes);
  try {
    const writer = new CheckpointWriter(options, kernel, staging);
    const files = await writer.write();
    if (hashing) await writer.check();
    if (signal?.aborted) throw new Interrupted('Stopped; nothing was written.');
    await staging.publish();
    return files;
  } catch (error) {
    await staging.discard();
    throw error;
  }
}
