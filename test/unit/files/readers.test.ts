import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/*
 * Inputs are opened by `src/files/reading/openInput.ts` alone, which refuses what would hang or never end. This test
 * keeps it so: whoever imports a function of Node that opens files for reading is listed here, with the reason why what it
 * opens is no input.
 */

const source = join(import.meta.dirname, '..', '..', '..', 'src');

/** Functions of node:fs and node:fs/promises that read a file by its path. */
const readers = /^(readFile|readFileSync|createReadStream|open|openSync|openAsBlob|copyFile|copyFileSync|cp|cpSync)$/;

const exceptions: Readonly<Record<string, string>> = {
  'files/reading/openInput.ts': 'the one place',
  'files/locks/lockContent.ts': 'reads its own lock, without following links',
  'files/locks/owner.ts': "reads the system's boot id, machine id and a process's start",
  'files/writing/diskOperations.ts': 'opens files to write, and folders to make them durable',
  'engine/device/cudaRuntime/runtimePlace.ts': 'reads the manifest of an installed package',
  'kernels/wasmModule.ts': "reads the program's own kernels",
  'run/report/pageParts.ts': "reads the program's own pages",
  'run/resume/appendedFile.ts': 'reads the file that it has opened to append to',
};

/** What a file imports of node:fs and node:fs/promises; `*` for everything. */
function importsOf(text: string): string[] {
  const found: string[] = [];
  for (const [, clause] of text.matchAll(/import\s+([^;]*?)\s+from\s+['"](?:node:)?fs(?:\/promises)?['"]/g)) {
    const named = /\{([^}]*)\}/.exec(clause!)?.[1];
    const names =
      named?.split(',').map((name) =>
        name
          .trim()
          .replace(/^type\s+/, '')
          .replace(/\s+as\s+.*$/, ''),
      ) ?? [];
    found.push(...names);
    if (clause!.replace(/\{[^}]*\}/, '').replace(/[\s,]|type/g, '') !== '') found.push('*');
  }
  if (/(?:require|import)\(\s*['"](?:node:)?fs(?:\/promises)?['"]/.test(text)) found.push('*');
  return found;
}

describe('inputs', () => {
  it('the imports of a file are found, however they are written', () => {
    assert.deepEqual(importsOf("import { type Stats, open as o,\n  stat } from 'node:fs/promises';"), [
      'Stats',
      'open',
      'stat',
    ]);
    assert.deepEqual(importsOf("import fs, { stat } from 'node:fs';"), ['stat', '*']);
    assert.deepEqual(importsOf("import * as fs from 'fs';"), ['*']);
    assert.deepEqual(importsOf("const fs = await import('node:fs');"), ['*']);
  });

  it('are opened in one place', () => {
    const files = (readdirSync(source, { recursive: true }) as string[]).filter((name) => name.endsWith('.ts'));
    assert.ok(files.length > 100);
    const opening = files
      .map((name) => name.replaceAll('\\', '/'))
      .filter((name) =>
        importsOf(readFileSync(join(source, name), 'utf8')).some((each) => each === '*' || readers.test(each)),
      );
    assert.deepEqual(opening.sort(), Object.keys(exceptions).sort());
  });
});
