import type { CheckpointPair } from '../checkpoint/pair.ts';
import type { WeightDtype } from '../checkpoint/safetensors/dtype.ts';

/* What a commit is told, and what it reports while it works. */

/** Where parts have written weight files, and of which commit. */
export interface PartsPlace {
  /** Absolute. */
  readonly folder: string;
  /** What decides the bytes, in few characters. */
  readonly pins: string;
}

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
  /** Of all weights that are written; each as the SFT checkpoint has it when undefined. */
  readonly dtype?: WeightDtype | undefined;
  /** Selected neurons by projection (`model.layers.0.self_attn.q_proj`), ascending. */
  readonly resetSet: ReadonlyMap<string, Uint32Array>;
  /** Folder to be written. */
  readonly out: string;
  /** Replace what is there, once the new checkpoint is complete. */
  readonly overwrite: boolean;
  /** Small files written besides, by name; none is one that is copied from the SFT checkpoint. */
  readonly documents?: ReadonlyMap<string, string | Uint8Array> | undefined;
  /** The content of `rejuvenation.json`, from the other files. */
  readonly manifest: (files: readonly CommittedFile[]) => unknown;
  /** Threads; as many as pay when undefined. */
  readonly workers?: number | undefined;
  /** Where parts of the commit have written the weight files, which are taken from there. */
  readonly parts?: PartsPlace | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (progress: CommitProgress) => void;
  /** Hashing, and the check that needs it; switched off only to measure what it costs. */
  readonly hashing?: boolean;
  /** Making files durable; switched off only to measure what it costs. */
  readonly syncing?: boolean;
}
