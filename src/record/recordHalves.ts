import { asidesOf, release, reserveAside } from '../files/writing/aside.ts';
import { rename, unlink } from '../files/writing/diskOperations.ts';
import { linkUnlessTaken } from '../files/writing/exclusive.ts';
import type { StagedFile } from '../files/writing/stagedFile.ts';
import { writeFault } from '../files/writing/writeFault.ts';

/** Something staged that can be given its name, or dropped. */
export interface Publishable {
  publish(replace: boolean): Promise<void>;
  discard(): Promise<void>;
}

/** Keeps the old arrays under a second name; undefined where there are none, or no second names. */
async function keepOld(path: string): Promise<string | undefined> {
  const kept = reserveAside(path, 'previous');
  try {
    if ((await linkUnlessTaken(path, kept)) === 'made') return kept;
  } catch {
    // No old arrays; or a link in their place, which replacing leaves alone.
  }
  release(kept);
  return undefined;
}

/**
 * Gives both halves of a record, durable and complete, their names: the arrays first, then the JSON that belongs to them.
 * Killed in between, the staged JSON stays, and readers take it for the one that fits (see {@link stagedTexts}).
 *
 * @param path of the arrays
 * @param replace what has these names
 * @throws InputError when one has no name in the end; then neither has, and what was there is there again
 */
export async function publishHalves(
  path: string,
  arrays: Publishable,
  json: StagedFile,
  replace: boolean,
): Promise<void> {
  const kept = replace ? await keepOld(path) : undefined;
  try {
    await arrays.publish(replace);
    try {
      await json.publish(replace);
    } catch (error) {
      if (kept !== undefined) await rename(kept, path);
      else if (!replace) await unlink(path);
      throw error;
    }
  } catch (error) {
    throw writeFault(error, path);
  } finally {
    if (kept !== undefined) {
      await unlink(kept).catch(() => undefined);
      release(kept);
    }
    await arrays.discard();
    await json.discard();
  }
}

/** Paths of JSON halves that lie beside `json` and have not got its name (yet). */
export async function stagedTexts(json: string): Promise<{ readonly path: string; readonly abandoned: boolean }[]> {
  return (await asidesOf(json, 'file')).filter(({ kind }) => kind === 'staging');
}
