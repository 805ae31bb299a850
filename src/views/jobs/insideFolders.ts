import { realpathSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import { isWithin } from '../../files/reading/realPath.ts';

/* Tells whether a path stays inside the workspace's folders, symlinks followed. */

function real(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

/**
 * Whether a path that a record names lies in one of some folders: as it is written, and where its symlinks lead. What is
 * elsewhere as it is written is not looked at, not even for its symlinks: it may be another machine's.
 */
export function isInsideFolders(path: string, folders: readonly string[]): boolean {
  if (!isAbsolute(path)) return false;
  const written = resolve(path);
  if (!folders.some((folder) => isWithin(written, resolve(folder)))) return false;
  const place = real(written);
  // What is not there cannot lead anywhere, and is then told to be missing.
  if (place === undefined) return true;
  return folders.some((folder) => isWithin(place, real(folder) ?? resolve(folder)));
}
