import { readSync } from 'node:fs';
import { RunError } from '../../errors.ts';
import { quotedPath } from '../../files/reading/shown.ts';
import { closeFile, createFile } from '../../files/writing/diskOperations.ts';
import { writeFault } from '../../files/writing/writeFault.ts';
import type { AttributeParams } from '../../protocol/engine.ts';
import { removeFile } from './shardFolder.ts';

/*
 * Every target's scores while a shard is attributed: engine processes write them to a file of this attempt's own, and from
 * there they go into its partial, before the sample that they are of. So a sample is finished with its scores, or not at all.
 */

export class ShardScores {
  readonly #path: string;
  readonly #descriptor: number;
  readonly #rowBytes: number;
  readonly #firstTarget: number;
  #open = true;

  /**
   * @param path of the file, which is deleted in the end
   * @param firstTarget of the shard's, among all of the run
   * @throws InputError when it cannot be made
   */
  constructor(path: string, firstTarget: number, neurons: number) {
    this.#path = path;
    this.#firstTarget = firstTarget;
    this.#rowBytes = 4 * neurons;
    try {
      this.#descriptor = createFile(path, 0o600);
    } catch (error) {
      throw writeFault(error, path);
    }
  }

  /** For the engine: where the run's first target would lie, so that the shard's first lies at the beginning. */
  get request(): NonNullable<AttributeParams['scores']> {
    return { path: this.#path, dataStart: -this.#firstTarget * this.#rowBytes };
  }

  /** A target's scores, F32 `[neurons]` as bytes. @throws RunError when the engine has not written them */
  row(target: number): Uint8Array {
    const row = new Uint8Array(this.#rowBytes);
    const from = (target - this.#firstTarget) * this.#rowBytes;
    for (let done = 0; done < row.length; ) {
      const count = readSync(this.#descriptor, row, done, row.length - done, from + done);
      if (count === 0) throw new RunError(`${quotedPath(this.#path)} lacks scores that the engine was to write.`);
      done += count;
    }
    return row;
  }

  /** Once removed, removing again does nothing. */
  async remove(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    closeFile(this.#descriptor);
    await removeFile(this.#path).catch(() => undefined);
  }
}
