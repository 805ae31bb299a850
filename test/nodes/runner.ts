import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { root } from '../paths.ts';
import { SetupError } from '../setup/setupError.ts';
import { ensureNode, nodes } from './nodes.ts';

/**
 * Runs the unit tests, and the command line's that try processes and streams, in every version of Node that is supported and is not the one that runs this:
 * in that one they run anyway. In another minor version of the same major what touches the system is enough.
 * `npm run test:nodes -- FILES` runs other tests.
 */
const named = process.argv.slice(2);
// The storms try the disk, not Node: minutes each. Of the command line what differs between versions: processes, signals, streams.
const storms = ['--ignore', 'test/unit/storm/**'];
const commands = ['endToEnd', 'signals'].map((name) => `test/cli/${name}.test.ts`);
const all = ['test/unit/**/*.test.ts', ...commands, ...storms];
const ofSystem = [...['files', 'scripts', 'engine'].map((room) => `test/unit/${room}/**/*.test.ts`), ...commands];

/** `20.19` of `20.19.0`. */
function line(version: string): string {
  return version.split('.').slice(0, 2).join('.');
}

function testsFor(version: string): readonly string[] {
  if (named.length > 0) return named;
  return version.split('.')[0] === process.versions.node.split('.')[0] ? ofSystem : all;
}

/** What the tests print, and whether they pass. They start their child processes with the program that runs them. */
function tried(
  node: string,
  tests: readonly string[],
): Promise<{ readonly passed: boolean; readonly printed: string }> {
  const mocha = join(root, 'node_modules', 'mocha', 'bin', 'mocha.js');
  return new Promise((resolve, reject) => {
    const child = spawn(node, [mocha, '--reporter', 'dot', ...tests], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    const parts: Buffer[] = [];
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (part: Buffer) => parts.push(part));
    child.on('error', reject);
    child.on('close', (code) => resolve({ passed: code === 0, printed: Buffer.concat(parts).toString() }));
  });
}

/** As many versions at a time as there are cores: one version's tests keep one of them busy. */
async function runAll(): Promise<boolean> {
  const platform = `${process.platform}-${process.arch}`;
  const left: { readonly version: string; readonly node: string }[] = [];
  for (const [version, packages] of Object.entries(nodes)) {
    const integrity = packages[platform];
    if (line(version) === line(process.versions.node)) {
      console.log(`\nNode ${version}: skipped, this is ${process.versions.node} and "npm test" runs them in it.`);
    } else if (integrity === undefined) {
      console.log(`\nNode ${version}: skipped, npm does not have all of these versions for ${platform}.`);
    } else {
      left.push({ version, node: await ensureNode(version, integrity) });
    }
  }
  let passed = true;
  const work = async () => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      const { version, node } = next;
      const found = await tried(node, testsFor(version));
      console.log(`\nNode ${version}\n${found.printed}`);
      if (found.passed) continue;
      console.error(`The tests failed in Node ${version}: ${node}`);
      passed = false;
    }
  };
  await Promise.all(Array.from({ length: Math.max(2, availableParallelism()) }, work));
  return passed;
}

if (process.env['REJUVENATE_SKIP_NODES'] === '1') {
  console.log(`Skipped: REJUVENATE_SKIP_NODES is set. The tests ran in Node ${process.versions.node} alone.`);
} else {
  try {
    process.exitCode = (await runAll()) ? 0 : 1;
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    console.error(`\n${error.message}\nSet REJUVENATE_SKIP_NODES=1 to leave the other versions of Node out.`);
    process.exitCode = 1;
  }
}
