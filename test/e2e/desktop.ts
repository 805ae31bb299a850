import { runTests } from '@vscode/test-electron';
import { root } from '../paths.ts';
import { makeWorkspace } from './harness/workspace.ts';
import { hostEnvironment } from './host/variables.ts';
import { bundleHostTests } from './setup/bundleHostTests.ts';

/**
 * Runs the tests of `host/` in desktop VS Code, which @vscode/test-electron downloads into `.vscode-test/`.
 * REJUVENATE_VSCODE names the version ("stable" by default); a pattern as first argument selects tests.
 */
const workspace = await makeWorkspace();
try {
  await runTests({
    extensionDevelopmentPath: root,
    extensionTestsPath: await bundleHostTests(),
    version: process.env['REJUVENATE_VSCODE'] || 'stable',
    extensionTestsEnv: hostEnvironment({
      report: undefined,
      grep: process.argv[2],
      color: process.stdout.isTTY === true,
      extensionFolder: root,
    }),
    launchArgs: [workspace.folder, '--disable-extensions', '--disable-workspace-trust'],
  });
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  await workspace.remove();
}
