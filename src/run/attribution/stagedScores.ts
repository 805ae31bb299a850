import { fstatSync, readSync } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { encodeSafetensorsHeader } from '../../checkpoint/safetensors/safetensorsWriter.ts';
import { InputError } from '../../errors.ts';
import { Lock } from '../../files/locks/lock.ts';
import { exists } from '../../files/reading/exists.ts';
import { release, reserveAside } from '../../files/writing/aside.ts';
import { closeFile, rename, syncFile, unlink } from '../../files/writing/diskOperations.ts';
import { linkUnlessTaken, renameUnlessTaken } from '../../files/writing/exclusive.ts';
import { checkFreeSpace } from '../../files/writing/freeSpace.ts';
import { openOwnFile } from '../../files/writing/ownFile.ts';
import { removeStagedFiles, StagedFile } from '../../files/writing/stagedFile.ts';
import { syncFolder } from '../../files/writing/syncFolder.ts';
import { writeFault } from '../../files/writing/writeFault.ts';
import type { RunTargets } from './runTargets.ts';

/** The names of its arrays, as the header of every such file spells them. */
const ownHeader = /^\{"targets":\{"dtype":"I32".*"scores":\{"dtype":"F32"/;

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
  readonly #descriptor: number;
  #open = true;
  #published = false;

  private constructor(path: string, descriptor: number, dataStart: number, kept: boolean) {
    this.#path = path;
    this.stagedPath = stagedScoresPath(path);
    this.#descriptor = descriptor;
    this.dataStart = dataStart;
    this.kept = kept;
  }

  /**
   * Takes up the file of an unfinished run when its header and targets are the same, and else makes it. The caller must
   * hold its lock.
   *
   * @throws InputError when it cannot be written, the disk has no room for it, or its temporary name is somebody else's
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
    try {
      const old = (await exists(staged)) ? readOld(staged, start.length) : undefined;
      if (old !== undefined && old.size === bytes && old.start.equals(start)) {
        return new StagedScores(path, openOwnFile(staged, false), start.length, true);
      }
      await removeStagedFiles(staged);
      await checkFreeSpace(path, bytes - (old?.held ?? 0), 'the score file');
      await make(staged, start, bytes);
      return new StagedScores(path, openOwnFile(staged, false), start.length, false);
    } catch (error) {
      throw writeFault(error, path);
    }
  }

  /** Makes the rows written so far durable. */
  async sync(): Promise<void> {
    try {
      await syncFile(this.#descriptor);
    } catch (error) {
      throw writeFault(error, this.#path);
    }
  }

  /** Once closed, closing again does nothing. */
  close(): void {
    if (this.#open) closeFile(this.#descriptor);
    this.#open = false;
  }

  /**
   * Closes the complete file and gives it its name. The temporary one it keeps as well until {@link done}: a run that ends
   * before its record is written can be taken up.
   *
   * @param replace what has the name
   * @throws InputError when it cannot be written, or the name is taken
   */
  async publish(replace: boolean): Promise<void> {
    await this.sync();
    this.close();
    try {
      await (replace ? this.#replace() : this.#linkOrRename(this.#path));
      this.#published = true;
    } catch (error) {
      throw writeFault(error, this.#path);
    }
    await syncFolder(dirname(this.#path));
  }

  async #replace(): Promise<void> {
    const aside = reserveAside(this.#path, 'staging');
    try {
      await this.#linkOrRename(aside);
      await rename(aside, this.#path);
    } finally {
      release(aside);
    }
  }

  async #linkOrRename(to: string): Promise<void> {
    const made = await linkUnlessTaken(this.stagedPath, to);
    if (made === 'unsupported') await renameUnlessTaken(this.stagedPath, to);
    else if (made === 'taken') {
      throw new InputError(`"${to}" came to exist meanwhile and is left as it is: choose another place.`);
    }
  }

  /** Takes the temporary name away, once the record is written. What cannot be is taken away by the next run. */
  async done(): Promise<void> {
    if (this.#published) await unlink(this.stagedPath).catch(() => undefined);
  }

  /** Takes the name back when the run failed after all; the next run goes on from the temporary one. */
  async takeBack(): Promise<void> {
    if (this.#published) await takeBackScores(this.#path).catch(() => undefined);
  }
}

/** Whether the score file is an unfinished run's, which still has its temporary name as well. */
export async function isUnfinishedScores(path: string): Promise<boolean> {
  const [one, other] = await Promise.all(
    [resolve(path), stagedScoresPath(path)].map((each) => lstat(each).catch(() => undefined)),
  );
  return one?.isFile() === true && one.ino === other?.ino && one.dev === other.dev;
}

/**
 * Brings what killed runs left of a score file in order, so that one name is left to go on from. The caller must hold its
 * lock.
 *
 * @throws InputError when a file cannot be deleted
 */
export async function takeBackScores(path: string): Promise<void> {
  await removeStagedFiles(resolve(path));
  try {
    if (await isUnfinishedScores(path)) await unlink(resolve(path));
  } catch (error) {
    throw writeFault(error, path);
  }
}

/** The beginning of a file that an unfinished run left, its size, and the bytes it has on the disk. */
function readOld(
  path: string,
  length: number,
): { readonly start: Buffer; readonly size: number; readonly held: number } {
  const descriptor = openOwnFile(path, false);
  try {
    const start = Buffer.alloc(Math.max(length, 256));
    const read = readSync(descriptor, start, 0, start.length, 0);
    if (!ownHeader.test(start.subarray(8, read).toString('latin1'))) {
      throw new InputError(`"${path}" is in the place of unfinished scores and holds none: move it away.`);
    }
    const { size, blocks } = fstatSync(descriptor);
    return { start: start.subarray(0, length), size, held: blocks * 512 };
  } finally {
    closeFile(descriptor);
  }
}

/** Makes the file with its beginning; it has its name only when that is written. */
async function make(staged: string, start: Uint8Array, bytes: number): Promise<void> {
  const file = await StagedFile.create(staged);
  try {
    file.write(start, 0);
    file.resize(bytes);
    await file.publish(true);
  } finally {
    await file.discard();
  }
}

/** Takes the score file for a whole run. @throws InputError at once when another process has it */
export async function lockScores(path: string): Promise<Lock> {
  return Lock.acquire(`${resolve(path)}.lock`, { what: `The score file "${path}"`, work: 'another run', long: true });
}

/** Where the scores lie until they are complete. */
export function stagedScoresPath(path: string): string {
  return `${resolve(path)}.partial`;
}
