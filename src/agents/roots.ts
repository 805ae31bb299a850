import { lstat, readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { calibrationFiles } from '../calibration/files/calibrationFiles.ts';
import { isPattern } from '../calibration/files/glob.ts';
import { type LocatedCheckpoint, locateCheckpoint } from '../checkpoint/folder/locateCheckpoint.ts';
import { InputError } from '../errors.ts';
import { exists } from '../files/reading/exists.ts';
import { readFault } from '../files/reading/fileFault.ts';
import { isWithin, realPathOf } from '../files/reading/realPath.ts';
import { quotedPath } from '../files/reading/shown.ts';

/*
 * Holds the paths that agents name to some folders, the roots. A path must lie in one as it is written, before anything is
 * looked at, and where its links lead: so nothing elsewhere is opened, listed, or told to be there.
 */

/** A folder of a checkpoint has some tens of entries. */
const mostEntries = 10_000;

/** The folders that tools may read and write in. */
export class Roots {
  readonly #list: () => Promise<readonly string[]>;

  /** @param list absolute paths; asked at each use, since a client may change them */
  constructor(list: () => Promise<readonly string[]>) {
    this.#list = list;
  }

  /**
   * The path with its links followed; what is not there yet, with those of its folder.
   *
   * @throws InputError when it lies outside
   */
  async inside(path: string): Promise<string> {
    const roots = await this.#list();
    const first = roots[0];
    if (first === undefined) {
      throw new InputError(
        'No folder may be used: there is no root that is a folder of this machine. In VS Code, open the folder of the checkpoints.',
      );
    }
    const written = resolve(first, path);
    const real = await Promise.all(roots.map((root) => realPathOf(root)));
    const among = (place: string, folders: readonly string[]) => folders.some((folder) => isWithin(place, folder));
    if (among(written, [...roots.map((root) => resolve(root)), ...real])) {
      const place = await realPathOf(written);
      if (among(place, real) && !(await this.#isDangling(place))) return place;
    }
    throw new InputError(
      `${quotedPath(path)} lies outside the folders that may be used here: ${roots.map(quotedPath).join(', ')}. ` +
        'Give a path inside one of them, or have its folder added to them.',
    );
  }

  /** A link to nothing: what is written there would come to be wherever it leads. */
  async #isDangling(place: string): Promise<boolean> {
    return lstat(place).then(
      (info) => info.isSymbolicLink(),
      () => false,
    );
  }

  /**
   * A file that is to be written.
   *
   * @throws InputError when it lies outside, or something has its name
   */
  async free(path: string, what: string): Promise<string> {
    const place = await this.inside(path);
    if (await exists(place)) {
      throw new InputError(`${quotedPath(path)} exists: agents replace nothing. Choose another place for the ${what}.`);
    }
    return place;
  }

  /** The record that a path names, the files beside it included. @throws InputError when one lies outside */
  async record(path: string): Promise<string> {
    const place = await this.inside(path);
    if (place.endsWith('.json')) await this.inside(`${place.slice(0, -'.json'.length)}.safetensors`);
    return place;
  }

  /**
   * The checkpoint that a path names; names of models on the Hub are taken for paths.
   *
   * @throws InputError when it, or a file in its folder, lies outside; or it is none
   */
  async checkpoint(path: string): Promise<LocatedCheckpoint> {
    const place = await this.inside(path);
    await this.#entriesInside(place);
    const located = await locateCheckpoint(place);
    const folder = await this.inside(located.folder);
    if (folder !== place) await this.#entriesInside(folder);
    return { ...located, folder };
  }

  /** Calibration files; a folder stands for those of its training split. @throws InputError when one lies outside */
  async calibration(paths: readonly string[]): Promise<readonly string[]> {
    const named: string[] = [];
    for (const path of paths) {
      const place = await this.inside(path);
      if (isPattern(path) && !(await exists(place))) {
        throw new InputError(`${quotedPath(path)} is a pattern: name the files, or the folder that they lie in.`);
      }
      named.push(place);
    }
    const files = (await calibrationFiles(named)).paths;
    return Promise.all(files.map((file) => this.inside(file)));
  }

  async #entriesInside(folder: string): Promise<void> {
    let names: readonly string[];
    try {
      if (!(await lstat(folder)).isDirectory()) return;
      names = await readdir(folder);
    } catch (error) {
      throw readFault(error, folder);
    }
    if (names.length > mostEntries) {
      throw new InputError(`${quotedPath(folder)} has ${names.length} entries: it is no checkpoint's folder.`);
    }
    for (const name of names) {
      const path = join(folder, name);
      if ((await lstat(path).catch(() => undefined))?.isSymbolicLink()) await this.inside(path);
    }
  }
}
