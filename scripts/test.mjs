// Everything that must hold before a change lands, in the order that fails fastest.
import { spawn } from 'node:child_process';
import { root } from './paths.mjs';

const node = process.execPath;
const bin = (name) => `${root}/node_modules/${name}`;
const mocha = (...tests) => [bin('mocha/bin/mocha.js'), ...tests];
/** Programs of a step run side by side: each keeps about one core busy. */
const steps = [
  ['Format', [bin('@biomejs/biome/bin/biome'), 'format', '.']],
  ['Lint', [bin('@biomejs/biome/bin/biome'), 'lint', '--error-on-warnings', '.']],
  ['Types', [bin('typescript/bin/tsc'), '-p', 'tsconfig.json']],
  ['Types of the page', [bin('typescript/bin/tsc'), '-p', 'webview/tsconfig.json']],
  ['Licences', [`${root}/scripts/licences.mjs`, '--quiet']],
  ['Tests', mocha('test/unit/**/*.test.ts', 'test/golden/**/*.test.ts'), mocha('test/cli/**/*.test.ts')],
  ['Inspector page', mocha('test/webview/**/*.test.ts')],
  ['Figures', mocha('test/figures/**/*.test.ts')],
  ['Slurm', mocha('test/slurm/**/*.test.ts')],
  ['End to end', ['--import', 'tsx', 'test/e2e/runner.ts']],
  ['Tests in other versions of Node', ['--import', 'tsx', 'test/nodes/runner.ts']],
];

/** Starts a program; what it prints is shown, or kept until its turn comes. */
function start(args, shown) {
  const child = spawn(node, args, { cwd: root, stdio: shown ? 'inherit' : ['inherit', 'pipe', 'pipe'] });
  const parts = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (part) => parts.push(part));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, printed: Buffer.concat(parts) }));
  });
}

for (const [name, ...programs] of steps) {
  console.log(`\n── ${name}`);
  let failed = 0;
  for (const { status, printed } of await Promise.all(programs.map((args, i) => start(args, i === 0)))) {
    process.stdout.write(printed);
    if (status !== 0) failed ||= status ?? 1;
  }
  if (failed !== 0) {
    console.error(`\n${name} failed.`);
    process.exit(failed);
  }
}
