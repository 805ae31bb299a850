// Everything a fresh clone needs before its first command: dependencies and the build. Quick when nothing changed.
// Uses nothing but Node, because nothing else is there yet.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { hashFiles } from './hash.mjs';
import { root } from './paths.mjs';

const quiet = process.argv.includes('--quiet');
const stamp = `${root}/node_modules/.setup-stamp`;

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`Node ${process.versions.node} is too old: install Node 20.19 or newer (https://nodejs.org).`);
  process.exit(2);
}

function run(command, args, options = {}) {
  const result = spawnSync(command, args, {
    cwd: root,
    stdio: quiet ? ['inherit', 2, 'inherit'] : 'inherit',
    ...options,
  });
  if (result.status !== 0) process.exit(result.status ?? 1);
}

const wanted = await hashFiles(['package-lock.json']);
const have = existsSync(stamp) ? await readFile(stamp, 'utf8') : '';
if (have !== wanted) {
  console.error('Installing dependencies (once; about half a minute)…');
  // The CUDA libraries (Linux, NVIDIA) are a download of several hundred megabytes that many machines cannot reach or
  // use; they are left out unless ONNXRUNTIME_NODE_INSTALL asks for them.
  const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL: process.env.ONNXRUNTIME_NODE_INSTALL ?? 'skip' };
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel', 'error'], { env, shell: process.platform === 'win32' });
  await writeFile(stamp, wanted);
}
run(process.execPath, ['scripts/build.mjs', ...(quiet ? ['--quiet'] : [])]);
