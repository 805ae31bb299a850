import { type FileHandle, open, rename } from 'node:fs/promises';
import { resolve } from 'node:path';
import { encodeSafetensorsHeader } from '../../checkpoint/safetensors/safetensorsWriter.ts';
import { writeFault } from '../../files/writing/writeFault.ts';
import type { RunTargets } from './runTargets.ts';

/**
 * The file that `--scores` asks for, under a temporary name until it is complete: `targets` I32 `[targets, 3]` (sample,
 * row `t`, gold token) and `scores` F32 `[targets, neurons]` in the flat order. The engine writes the scores' rows; a
 * stopped run keeps it.
 */
export class StagedScores {
  readonly stagedPath: string;
  /** Absolute position of the first score. */
  readonly dataStart: number;
  /** The file was there, from an unfinished run with the same targets. */
  readonly kept: boolean;
  readonly #path: string;
  readonly #handle: FileHandle;

  private constructor(path: string, handle: FileHandle, dataStart: number, kept: boolean) {
    this.#path = path;
    this.stagedPath = stagedScoresPath(path);
    this.#handle = handle;
    this.dataStart = dataStart;
    this.kept = kept;
  }

  /**
   * Takes up the file of an unfinished run when its header and targets are the same, and else makes it.
   *
   * @throws InputError when it cannot be written
   */
  static async open(path: string, targets: RunTargets, neurons: number): Promise<StagedScores> {
    const { bytes: header } = encodeSafetensorsHeader([
      { name: 'targets', dtype: 'I32', shape: [targets.total, 3] },
      { name: 'scores', dtype: 'F32', shape: [targets.total, neurons] },
    ]);
    const rows = Int32Array.from(
      targets.samples.flatMap(({ sample, targets: own }) => own.flatMap(({ row, gold }) => [sample.index, row, gold])),
    );
    const start = Buffer.concat([header, new Uint8Array(rows.buffer)]);
    const bytes = start.length + targets.total * neurons * 4;
    const staged = stagedScoresPath(path);
    let handle: FileHandle | undefined;
    try {
      handle = await open(staged, 'r+').catch(() => open(staged, 'w+'));
      const there = Buffer.alloc(start.length);
      await handle.read(there, 0, there.length, 0);
      const kept = there.equals(start) && (await handle.stat()).size === bytes;
      if (!kept) {
        await handle.truncate(0);
        await handle.write(start, 0, start.length, 0);
        await handle.truncate(bytes);
      }
      return new StagedScores(path, handle, start.length, kept);
    } catch (error) {
      await handle?.close();
      throw writeFault(error, path);
    }
  }

  /** Makes the rows written so far durable. */
  async sync(): Promise<void> {
    try {
      await this.#handle.datasync();
    } catch (error) {
      throw writeFault(error, this.#path);
    }
  }

  /** Once closed, closing again does nothing. */
  async close(): Promise<void> {
    await this.#handle.close();
  }

  /** Closes the complete file and gives it its name. */
  async publish(): Promise<void> {
    await this.sync();
    await this.close();
    try {
      await rename(this.stagedPath, this.#path);
    } catch (error) {
      throw writeFault(error, this.#path);
    }
  }
}

/** Where the scores lie until they are complete. */
export function stagedScoresPath(path: string): string {
  return `${resolve(path)}.partial`;
}
