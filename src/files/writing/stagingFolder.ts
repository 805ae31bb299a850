import { basename, dirname, join, resolve } from 'node:path';
import { InputError } from '../../errors.ts';
import { Lock } from '../locks/lock.ts';
import { exists } from '../reading/exists.ts';
import { errorCode } from '../reading/fileFault.ts';
import { release, reserveAside } from './aside.ts';
import { makeFolder, rename } from './diskOperations.ts';
import { checkFreeSpace } from './freeSpace.ts';
import { cleanLeftovers, markUnfinished, removeMarked, unmarkUnfinished } from './leftovers.ts';
import { syncFolder } from './syncFolder.ts';
import { writeFault } from './writeFault.ts';

/** A folder under construction, beside the target whose name it takes when it is complete. */
export class StagingFolder {
  /** Absolute. */
  readonly target: string;
  readonly path: string;
  readonly #overwrite: boolean;
  readonly #subfolders = new Set<string>();

  private constructor(target: string, path: string, overwrite: boolean) {
    this.target = target;
    this.path = path;
    this.#overwrite = overwrite;
  }

  /**
   * Makes the folder, after cleaning up what killed processes left beside the target.
   *
   * @param neededBytes room that the disk must have, once the leftovers are gone: a killed commit may have filled it
   * @param successor as in {@link cleanLeftovers}
   * @throws InputError when it cannot be made, the target exists and may not be replaced, or there is no room
   */
  static async create(
    out: string,
    overwrite: boolean,
    neededBytes: number,
    successor?: string,
  ): Promise<StagingFolder> {
    const target = resolve(out);
    await cleanLeftovers(target, successor);
    const staging = new StagingFolder(target, reserveAside(target, 'staging'), overwrite);
    try {
      await staging.#refuseExisting();
      await checkFreeSpace(target, neededBytes);
      await makeFolder(staging.path);
    } catch (error) {
      release(staging.path);
      throw writeFault(error, target);
    }
    try {
      markUnfinished(staging.path);
    } catch (error) {
      await staging.discard();
      throw writeFault(error, target);
    }
    return staging;
  }

  /** Makes a folder inside, once. */
  async makeSubfolder(name: string): Promise<void> {
    const path = join(this.path, name);
    if (this.#subfolders.has(path)) return;
    try {
      await makeFolder(path);
    } catch (error) {
      throw writeFault(error, join(this.target, name));
    }
    this.#subfolders.add(path);
  }

  /**
   * Gives the complete folder its name. An old target is moved aside just before and deleted just after: a kill in
   * between leaves it aside, from where {@link cleanLeftovers} brings it back.
   *
   * @throws InputError when the target came to exist and may not be replaced, or renaming fails; the old one is back
   */
  async publish(): Promise<void> {
    const { target } = this;
    try {
      await unmarkUnfinished(this.path);
      for (const folder of this.#subfolders) await syncFolder(folder);
      await syncFolder(this.path);
    } catch (error) {
      throw writeFault(error, target);
    }
    const lock = join(dirname(target), `.${basename(target)}.rejuvenation-lock`);
    const previous = reserveAside(target, 'previous');
    try {
      // Of two that replace the same folder, each sees the other's as the old one.
      const replaced = await Lock.during(lock, { what: `"${target}"`, work: 'another commit', long: false }, () =>
        this.#takeName(previous),
      );
      // The new one is in place; what cannot be deleted of the old one is a leftover for the next time.
      if (replaced) await removeMarked(previous).catch(() => undefined);
    } catch (error) {
      throw writeFault(error, target);
    } finally {
      release(previous);
      release(this.path);
    }
  }

  /** @returns whether there was an old target, which now lies aside */
  async #takeName(previous: string): Promise<boolean> {
    await this.#refuseExisting();
    const replacing = await exists(this.target);
    if (replacing) await rename(this.target, previous);
    try {
      await rename(this.path, this.target);
    } catch (error) {
      if (replacing) await rename(previous, this.target);
      if (!['ENOTEMPTY', 'EEXIST', 'ENOTDIR'].includes(errorCode(error) ?? '')) throw error;
      throw this.#existing();
    }
    await syncFolder(dirname(this.target));
    return replacing;
  }

  /** Deletes what is there of it. What cannot be deleted is a leftover for the next time. */
  async discard(): Promise<void> {
    await removeMarked(this.path).catch(() => undefined);
    release(this.path);
  }

  async #refuseExisting(): Promise<void> {
    if (!this.#overwrite && (await exists(this.target))) throw this.#existing();
  }

  #existing(): InputError {
    return new InputError(`The checkpoint "${this.target}" exists already: choose another place, or pass --overwrite.`);
  }
}
