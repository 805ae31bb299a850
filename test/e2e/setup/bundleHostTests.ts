import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { root } from '../../paths.ts';
import { hostTestsFolder } from '../paths.ts';

/** Bundles `test/e2e/host` for the extension host, one file a test file. @returns the module that VS Code calls */
export async function bundleHostTests(): Promise<string> {
  const source = join(root, 'test', 'e2e', 'host');
  const files = (await readdir(source)).filter((file) => file.endsWith('.test.ts'));
  await build({
    entryPoints: ['index.ts', ...files].map((file) => join(source, file)),
    outdir: hostTestsFolder,
    outExtension: { '.js': '.cjs' },
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    sourcemap: 'inline',
    mainFields: ['module', 'main'],
    // Mocha reads files of its own at run time; it is found from dist/ in the package's node_modules.
    external: ['vscode', 'mocha', 'onnxruntime-node'],
    define: { 'import.meta.dirname': '__dirname' },
    logLevel: 'warning',
  });
  // A test that was renamed or removed must not go on running.
  const built = new Set(['index.cjs', ...files.map((file) => file.replace(/\.ts$/, '.cjs'))]);
  for (const file of await readdir(hostTestsFolder)) if (!built.has(file)) await rm(join(hostTestsFolder, file));
  return join(hostTestsFolder, 'index.cjs');
}
