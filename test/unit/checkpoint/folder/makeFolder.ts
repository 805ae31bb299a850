import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Files by their paths inside a folder, `/` between folders; a list of paths makes small ones. */
export type MadeFiles = readonly string[] | Readonly<Record<string, string | Uint8Array>>;

/** Makes a folder with files in it, and returns it. */
export async function makeFolder(folder: string, files: MadeFiles): Promise<string> {
  await mkdir(folder, { recursive: true });
  const entries = Array.isArray(files) ? files.map((path: string) => [path, '{}'] as const) : Object.entries(files);
  for (const [path, content] of entries) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
  return folder;
}
