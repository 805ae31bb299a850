import { basename, join } from 'node:path';
import { InputError } from '../../errors.ts';
import { errorCode } from '../reading/fileFault.ts';
import { release, reserveAside } from './aside.ts';
import { makeFolder } from './diskOperations.ts';
import { checkFreeSpace } from './freeSpace.ts';
import { cleanLeftovers, markUnfinished, removeMarked } from './leftovers.ts';
import { scratchFolder } from './scratchFile.ts';
import { writeFault } from './writeFault.ts';

/*
 * A folder in the place for temporary files, for weights that are needed while one command works. It never gets a name
 * that can be foretold; what a killed process left of one is deleted when the next is made.
 */

const remedy = 'free some space there, or set TMPDIR to a folder on another disk';

/** What needs the room, for sentences. */
export interface ScratchPurpose {
  /** For example "merging the adapter". */
  readonly doing: string;
  /** For example "the merged adapter". */
  readonly what: string;
}

const merging: ScratchPurpose = { doing: 'merging the adapter', what: 'the merged adapter' };

const name = 'rejuvenate-merged';

/** Whether a folder is a temporary one of this program's. */
export function isScratchCheckpoint(folder: string): boolean {
  return basename(folder).startsWith(`.${name}.rejuvenation-`);
}

/** A temporary folder that its owner deletes. */
export class ScratchCheckpoint {
  readonly path: string;
  readonly #purpose: ScratchPurpose;

  private constructor(path: string, purpose: ScratchPurpose) {
    this.path = path;
    this.#purpose = purpose;
  }

  /**
   * Makes the folder, after deleting what killed processes left.
   *
   * @param neededBytes room that the disk must have
   * @throws InputError when it cannot be made, or there is no room
   */
  static async create(
    neededBytes: number,
    parent: string = scratchFolder(),
    purpose: ScratchPurpose = merging,
  ): Promise<ScratchCheckpoint> {
    const target = join(parent, name);
    await cleanLeftovers(target);
    await checkFreeSpace(target, neededBytes, purpose.doing, remedy);
    const scratch = new ScratchCheckpoint(reserveAside(target, 'staging'), purpose);
    try {
      // Weights are nobody else's to read.
      await makeFolder(scratch.path, 0o700);
      markUnfinished(scratch.path);
      return scratch;
    } catch (error) {
      await scratch.remove();
      throw writeFault(error, target);
    }
  }

  /** What writing into it failed with, and what to do about it. */
  fault(error: unknown): Error {
    const code = errorCode(error) ?? (error instanceof Error ? errorCode(error.cause) : undefined);
    if (code !== 'ENOSPC' && code !== 'EDQUOT') return error instanceof Error ? error : new Error(String(error));
    return new InputError(`"${scratchFolder()}" has no room for ${this.#purpose.what}: ${remedy}.`, { cause: error });
  }

  /** Deletes it. What cannot be deleted is a leftover for the next time. */
  async remove(): Promise<void> {
    await removeMarked(this.path).catch(() => undefined);
    release(this.path);
  }
}
