import { sep } from 'node:path';

/* Finds short names that tell checkpoint folders apart. */

/** The last `parts` parts of a path. */
function ending(folder: string, parts: number): string {
  return folder.split(sep).filter(Boolean).slice(-parts).join('/');
}

/**
 * Short names that tell folders apart: each folder's own name, with as many of the folders above it as the names that
 * would be alike need.
 *
 * @param folders absolute paths, no two alike
 */
export function checkpointNames(folders: readonly string[]): string[] {
  const parts = folders.map(() => 1);
  const depth = Math.max(...folders.map((folder) => folder.split(sep).length));
  for (let round = 0; round < depth; round++) {
    const names = folders.map((folder, i) => ending(folder, parts[i]!));
    const alike = names.map((name, i) => names.some((other, j) => i !== j && other === name));
    if (!alike.includes(true)) return names;
    alike.forEach((same, i) => {
      if (same) parts[i]!++;
    });
  }
  return [...folders];
}
