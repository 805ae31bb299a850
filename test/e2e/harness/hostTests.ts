import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../../paths.ts';
import { hostEnvironment } from '../host/variables.ts';
import { artefactsFolder } from '../paths.ts';
import { launchBrowser } from './browser.ts';
import type { Prepared } from './environment.ts';
import { VscodeServer } from './server.ts';
import { makeWorkspace } from './workspace.ts';

export interface HostTestOptions {
  /** The bundled tests. */
  readonly tests: string;
  /** Runs only the tests whose full title matches. */
  readonly grep?: string | undefined;
  /** A package to install and test, instead of the extension as built here. */
  readonly vsix?: string | undefined;
}

const patience = 600_000;

/** An extension that does nothing: VS Code runs tests only beside one under development. */
async function makeEmptyExtension(parent: string): Promise<string> {
  const folder = join(parent, 'empty-extension');
  await mkdir(folder);
  const manifest = { name: 'empty', publisher: 'test', version: '0.0.1', engines: { vscode: '^1.100.0' } };
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
  return folder;
}

/**
 * Runs the tests of `host/` inside VS Code's extension host and prints Mocha's report.
 *
 * @returns whether all passed
 */
export async function runHostTests(
  { server: entry, chromium }: Pick<Prepared, 'server' | 'chromium'>,
  { tests, grep, vsix }: HostTestOptions,
): Promise<boolean> {
  const scratch = await mkdtemp(join(tmpdir(), 'rejuvenation-host-'));
  const workspace = await makeWorkspace();
  const report = join(scratch, 'report.txt');
  await writeFile(report, '');
  const color = process.stdout.isTTY === true;
  const server = await VscodeServer.start({
    entry,
    vsix,
    environment: (dataFolder) =>
      hostEnvironment({
        report,
        grep,
        color,
        extensionFolder: vsix === undefined ? root : join(dataFolder, 'extensions'),
      }),
  });
  const browser = await launchBrowser(chromium);
  try {
    const page = await browser.newPage();
    const consoleLines: string[] = [];
    page.on('console', (message) => consoleLines.push(message.text()));
    const exitCode = await new Promise<number>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('The tests in the extension host did not end.')), patience);
      void (async () => {
        await page.exposeFunction('codeAutomationLog', () => {});
        await page.exposeFunction('codeAutomationExit', resolve);
        const extension = vsix === undefined ? root : await makeEmptyExtension(scratch);
        await page.goto(server.page({ folder: workspace.folder, extension, tests }));
      })().catch(reject);
      page.on('crash', () => reject(new Error('The browser crashed.')));
      page.on('close', () => clearTimeout(timer));
    });
    const said = await readFile(report, 'utf8');
    process.stdout.write(said);
    if (exitCode !== 0) {
      const folder = join(artefactsFolder, 'failed', `host-${vsix === undefined ? 'source' : 'installed'}`);
      await server.saveLogs(folder);
      // Nothing ran: what stopped it is somewhere in the window's console.
      if (said === '') console.log(consoleLines.filter((line) => line.includes('/dist/test/')).join('\n'));
      console.log(`  see ${folder}`);
    }
    return exitCode === 0;
  } finally {
    await browser.close();
    await server.stop();
    await workspace.remove();
    await rm(scratch, { recursive: true, force: true, maxRetries: 10 });
  }
}
