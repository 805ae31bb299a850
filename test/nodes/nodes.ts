import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from '../e2e/paths.ts';
import { fetchPackage, makeFolder, run } from '../setup/npmPackage.ts';
import { SetupError } from '../setup/setupError.ts';

/**
 * The versions of Node that the tests run in: the lowest supported (VS Code 1.100 runs extensions in Node 20), and the
 * newest of 22 and 24, which later ones use. Each has the hashes of npm's packages of it, by platform; macOS and Windows
 * lack some.
 */
export const nodes: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  '20.19.0': {
    'linux-x64': 'sha512-HzVYgEgabV/n3nP2F9mcxS0Nxgg99jynX9CMovakLmSYTuTdQRbbtw0yadY8+qKcqXfiDAtb2hmtR7nDPzclGA==',
    'linux-arm64': 'sha512-kT7jX7frbsrMrXMsBaFt3Th1SWs5VjxTzd0U8vxcmdCFkaqeu5hFK0+QoYfIo5drmr3DmwJfLtO2gnD/7hNE/Q==',
  },
  '22.23.3': {
    'linux-x64': 'sha512-qHnz5tFsHoj/WM+uRENVjWONi5hVvmwrgq8A4V76KpuVNAc4+jwK8x4gwbobE9BtHNg/AKR2583eYorLF/c7ng==',
    'linux-arm64': 'sha512-l3DAHZreylo+p9QXDtsOrjG2JXJqVzYXnAGmIQNOUNARcMppTO2cmewVQP+36tjJnSE+dzpMNtgW+c3oiDvXtA==',
  },
  '24.21.0': {
    'linux-x64': 'sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==',
    'linux-arm64': 'sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==',
  },
};

/**
 * A version of Node, fetched once through npm and kept in the cache. Of npm's package `node` an install script would
 * choose the platform's own package; here that one is fetched itself, and no script runs.
 *
 * @returns the path of its program
 * @throws SetupError when it cannot be had
 */
export async function ensureNode(version: string, integrity: string): Promise<string> {
  const folder = join(cacheFolder, 'node', version);
  const program = ['package', 'bin', 'node'];
  if (!existsSync(folder)) {
    console.log(`Fetching Node ${version} (once; it is kept in .cache/)…`);
    const name = `node-${process.platform}-${process.arch}`;
    await makeFolder(folder, async (partial) => {
      // The bench's archive carries Node's licence along.
      await fetchPackage({ name, version, integrity }, ['package/bin/node', 'package/LICENSE'], partial);
      const found = (await run(join(partial, ...program), ['--version'], partial)).trim();
      if (found !== `v${version}`) throw new SetupError(`${name}@${version} brings Node ${found}.`);
    });
  }
  return join(folder, ...program);
}
