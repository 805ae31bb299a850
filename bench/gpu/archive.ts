import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { makeArchiveFolder } from './archiveFolder.ts';

/* Builds the archive that carries the GPU bench, this Node and ONNX Runtime: `npm run bench:gpu:archive [-- FILE]`. Linux x64. */

const name = 'rejuvenation-gpu-bench';
const limitBytes = 60 * 2 ** 20;
const out = resolve(process.argv[2] ?? `${name}.tar.xz`);
const folder = mkdtempSync(join(tmpdir(), 'rejuvenate-archive-'));

try {
  await makeArchiveFolder(join(folder, name));
  execFileSync('tar', ['-cJf', out, '-C', folder, name], { env: { ...process.env, XZ_OPT: '-6 -T0' } });
  const { size } = statSync(out);
  console.log(`${out}: ${(size / 2 ** 20).toFixed(1)} MiB`);
  if (size >= limitBytes) throw new Error(`The archive must stay under ${limitBytes / 2 ** 20} MiB.`);
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true });
}
