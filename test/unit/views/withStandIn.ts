import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { build } from 'esbuild';
import { root } from '../../paths.ts';

/**
 * Modules of `src/views` with a stand-in for VS Code's API, which only VS Code itself has.
 *
 * @param folder for what is built, temporary
 * @param vscode the stand-in, a CommonJS module
 * @param contents exports of what is wanted, as from a module in `src/views`
 */
export async function withStandIn(folder: string, vscode: string, contents: string): Promise<unknown> {
  writeFileSync(join(folder, 'vscode.cjs'), vscode);
  await build({
    stdin: { contents, resolveDir: join(root, 'src', 'views') },
    outfile: join(folder, 'views.cjs'),
    ...{ bundle: true, platform: 'node', target: 'node20', format: 'cjs', logLevel: 'error' },
    mainFields: ['module', 'main'],
    external: ['onnxruntime-node'],
    alias: { vscode: join(folder, 'vscode.cjs') },
    define: { 'import.meta.dirname': JSON.stringify(join(root, 'dist')) },
  });
  return createRequire(import.meta.url)(join(folder, 'views.cjs'));
}
