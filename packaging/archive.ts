import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { root } from '../test/paths.ts';
import { makeArchiveFolder, targets } from './archiveFolder.ts';

/*
 * Packs the command line with Node and ONNX Runtime into one file, for machines on which nothing is installed:
 *
 *     npm run archive -- [linux-x64 | linux-arm64] [FILE]
 */

const [target = 'linux-x64', file] = process.argv.slice(2);
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { readonly version: string };
const name = `rejuvenate-${target}-${version}`;
const folder = mkdtempSync(join(tmpdir(), 'rejuvenate-archive-'));
try {
  if (targets[target] === undefined) {
    throw new Error(`There is no archive for "${target}": choose from ${Object.keys(targets).join(', ')}.`);
  }
  await makeArchiveFolder(join(folder, name), target);
  const out = resolve(file ?? `${name}.tar.gz`);
  execFileSync('tar', ['-czf', out, '-C', folder, name]);
  console.log(`${out}: ${(statSync(out).size / 1e6).toFixed(1)} MB`);
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true });
}
