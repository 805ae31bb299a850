import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { memorySize } from '../../src/settings/memorySize.ts';
import { packProvider } from './archive/packProvider.ts';
import { cutIntoPieces } from './archive/pieces.ts';
import { makeArchiveFolder } from './archiveFolder.ts';

/*
 * Builds the archive that carries the GPU bench, this Node and ONNX Runtime. Linux x64.
 *
 *     npm run bench:gpu:archive -- [FILE] [--provider SOURCE [--gpus 90]] [--split SIZE]
 *
 * SOURCE: a package, wheel, tarball or folder with a CUDA provider, which is packed with the ONNX Runtime of its version.
 * --gpus keeps the code for some architectures alone (90: H100 and H200), which makes a provider of 170 MB one of 40.
 * SIZE: 34MB, of pieces instead of one file, with a join.sh.
 */

const name = 'rejuvenation-gpu-bench';
/** Without a provider, which alone has more. */
const limitBytes = 60 * 2 ** 20;
const folder = mkdtempSync(join(tmpdir(), 'rejuvenate-archive-'));
const mebibytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;

try {
  const options = { provider: { type: 'string' }, gpus: { type: 'string' }, split: { type: 'string' } } as const;
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  const out = resolve(positionals[0] ?? `${name}.tar.xz`);
  const most = values.split === undefined ? undefined : memorySize(values.split);
  if (most !== undefined && most < 1e6) throw new Error('--split must be at least 1MB.');
  await makeArchiveFolder(join(folder, name));
  if (values.provider !== undefined) {
    const gpus = (values.gpus ?? '').split(',').filter((each) => each !== '');
    if (!gpus.every((each) => /^\d+$/.test(each))) throw new Error('--gpus must be numbers, such as 80,90.');
    const version = await packProvider(join(folder, name), values.provider, gpus.map(Number));
    console.log(`CUDA provider of ONNX Runtime ${version}`);
  }
  execFileSync('tar', ['-cJf', out, '-C', folder, name], { env: { ...process.env, XZ_OPT: '-6 -T0' } });
  const { size } = statSync(out);
  if (values.provider === undefined && size >= limitBytes) {
    throw new Error(`The archive has ${mebibytes(size)} and must stay under ${mebibytes(limitBytes)}.`);
  }
  const files = most === undefined ? [out] : cutIntoPieces(out, most);
  for (const file of files) console.log(`${file}: ${mebibytes(statSync(file).size)}`);
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true });
}
