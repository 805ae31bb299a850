import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { InputError } from '../../errors.ts';
import { exists } from '../reading/exists.ts';
import { checkFreeSpace } from './freeSpace.ts';
import { cleanLeftovers, release, reserveAside } from './leftovers.ts';
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
      await mkdir(staging.path);
    } catch (error) {
      release(staging.path);
      throw writeFault(error, target);
    }
    return staging;
  }

  /** Makes a folder inside, once. */
  async makeSubfolder(name: string): Promise<void> {
    const path = join(this.path, name);
    if (this.#subfolders.has(path)) return;
    try {
      await mkdir(path);
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
    const parent = dirname(this.target);
    for (const folder of this.#subfolders) await syncFolder(folder);
    await syncFolder(this.path);
    const previous = reserveAside(this.target, 'previous');
    try {
      await this.#refuseExisting();
      const replacing = await exists(this.target);
      if (replacing) await rename(this.target, previous);
      try {
        await rename(this.path, this.target);
      } catch (error) {
        if (replacing) await rename(previous, this.target);
        throw error;
      }
      await syncFolder(parent);
      // The new one is in place; what cannot be deleted of the old one is a leftover for the next time.
      if (replacing) await rm(previous, { recursive: true }).catch(() => undefined);
    } catch (error) {
      throw writeFault(error, this.target);
    } finally {
      release(previous);
      release(this.path);
    }
  }

  /** Deletes what is there of it. What cannot be deleted is a leftover for the next time. */
  async discard(): Promise<void> {
    await rm(this.path, { recursive: true, force: true }).catch(() => undefined);
    release(this.path);
  }

  async #refuseExisting(): Promise<void> {
    if (this.#overwrite || !(await exists(this.target))) return;
    throw new InputError(`The checkpoint "${this.target}" exists already: choose another place, or pass --overwrite.`);
  }
}
