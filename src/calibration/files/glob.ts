import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join, parse } from 'node:path';
import { exists } from '../../files/reading/exists.ts';

/* File name patterns, for where no shell has expanded them: VS Code, Windows, and patterns in quotes. */

/** Deeper folders are not gone into: links may go round in a circle. */
const deepest = 32;

export function isPattern(path: string): boolean {
  return /[*?]/.test(path);
}

/** `*` and `?` stand for characters of a name; names that begin with a dot are matched by such patterns only. */
function segmentPattern(segment: string): RegExp {
  const source = segment
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*+/g, '[^]*')
    .replace(/\?/g, '[^]');
  return new RegExp(
    `^${segment.startsWith('.') ? '' : '(?!\\.)'}${source}$`,
    process.platform === 'win32' ? 'iu' : 'u',
  );
}

async function entries(folder: string): Promise<Dirent[]> {
  const found = await readdir(folder === '' ? '.' : folder, { withFileTypes: true }).catch(() => []);
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The files that a pattern stands for, by name. `**` as a whole segment stands for any folders. */
export async function matchingFiles(pattern: string): Promise<string[]> {
  const { root } = parse(pattern);
  const segments = pattern
    .slice(root.length)
    .split(process.platform === 'win32' ? /[\\/]+/ : /\/+/)
    .filter((segment) => segment !== '');
  const found = new Set<string>();
  const visit = async (folder: string, at: number, depth: number): Promise<void> => {
    const segment = segments[at]!;
    const last = at === segments.length - 1;
    if (!isPattern(segment)) {
      const path = join(folder, segment);
      if (!last) await visit(path, at + 1, depth + 1);
      else if (await exists(path)) found.add(path);
      return;
    }
    const anyFolders = segment === '**' && !last;
    if (anyFolders) await visit(folder, at + 1, depth);
    const matches = segmentPattern(segment);
    for (const entry of await entries(folder)) {
      const path = join(folder, entry.name);
      if (!matches.test(entry.name)) continue;
      if (anyFolders) {
        if (entry.isDirectory() && depth < deepest) await visit(path, at, depth + 1);
      } else if (last) {
        if (!entry.isDirectory()) found.add(path);
      } else if (!entry.isFile()) await visit(path, at + 1, depth + 1);
    }
  };
  if (segments.length > 0) await visit(root, 0, 0);
  return [...found].sort();
}
