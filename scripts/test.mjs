// Everything that must hold before a change lands, in the order that fails fastest.
import { spawnSync } from 'node:child_process';
import { root } from './paths.mjs';

const node = process.execPath;
const bin = (name) => `${root}/node_modules/${name}`;
const steps = [
  ['Format', [bin('@biomejs/biome/bin/biome'), 'format', '.']],
  ['Lint', [bin('@biomejs/biome/bin/biome'), 'lint', '--error-on-warnings', '.']],
  ['Types', [bin('typescript/bin/tsc'), '-p', 'tsconfig.json']],
  ['Types of the page', [bin('typescript/bin/tsc'), '-p', 'webview/tsconfig.json']],
  ['Licences', [`${root}/scripts/licences.mjs`, '--quiet']],
  ['Tests', [bin('mocha/bin/mocha.js'), 'test/unit/**/*.test.ts', 'test/golden/**/*.test.ts', 'test/cli/**/*.test.ts']],
  ['Inspector page', [bin('mocha/bin/mocha.js'), 'test/webview/**/*.test.ts']],
  ['Figures', [bin('mocha/bin/mocha.js'), 'test/figures/**/*.test.ts']],
  ['Slurm', [bin('mocha/bin/mocha.js'), 'test/slurm/**/*.test.ts']],
  ['End to end', ['--import', 'tsx', 'test/e2e/runner.ts']],
  ['Tests in other versions of Node', ['--import', 'tsx', 'test/nodes/runner.ts']],
];

for (const [name, args] of steps) {
  console.log(`\n── ${name}`);
  const { status } = spawnSync(node, args, { cwd: root, stdio: 'inherit' });
  if (status !== 0) {
    console.error(`\n${name} failed.`);
    process.exit(status ?? 1);
  }
}
