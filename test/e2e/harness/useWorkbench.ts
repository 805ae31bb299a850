import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { root } from '../../paths.ts';
import { artefactsFolder } from '../paths.ts';
import { launchBrowser } from './browser.ts';
import { prepared } from './environment.ts';
import { type RecordSize, sampleRecord } from './sampleRecord.ts';
import { VscodeServer } from './server.ts';
import { Workbench } from './workbench.ts';
import { makeWorkspace, sampleContents, type Workspace } from './workspace.ts';

export interface WorkbenchOptions {
  /** Files and folders of the package to copy into the workspace; the embedded sample by default. */
  readonly contents?: readonly string[];
  /** Also copies a finished run of the sample into it, as `sample.rejuvenation.json`. */
  readonly record?: RecordSize;
  /** User settings. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** The extension as built here, or as installed from its package. */
  readonly extension?: 'source' | 'installed';
  /** Start with a workspace that nobody has trusted yet. */
  readonly untrusted?: boolean;
  /** Size of the window in CSS pixels; 1280 × 800 by default. */
  readonly viewport?: { readonly width: number; readonly height: number };
}

const startTimeout = 600_000;

/**
 * Opens VS Code before the tests of the `describe` that calls it, and closes it after them. When a test fails, a picture
 * of the window and VS Code's logs are kept in `.cache/e2e/failed/`.
 */
export function useWorkbench(options: WorkbenchOptions = {}): Workbench {
  let server: VscodeServer | undefined;
  let browser: Browser | undefined;
  let context: BrowserContext | undefined;
  let page: Page | undefined;
  let workspace: Workspace | undefined;
  const open = <Part>(part: Part | undefined): Part => {
    if (part === undefined) throw new Error('The workbench is open only inside the tests that use it.');
    return part;
  };
  const workbench = new Workbench(
    () => open(page),
    () => open(workspace).folder,
  );

  before('open VS Code', async function () {
    this.timeout(startTimeout);
    const { server: entry, chromium, vsix } = prepared();
    const installed = options.extension === 'installed';
    if (installed && vsix === undefined)
      throw new Error('Tests of the installed extension belong in test/e2e/installed.');
    const { settings = {}, untrusted = false, viewport = { width: 1280, height: 800 } } = options;
    const record = options.record === undefined ? [] : await sampleRecord(options.record);
    workspace = await makeWorkspace([...(options.contents ?? sampleContents), ...record]);
    server = await VscodeServer.start({
      entry,
      // The prompt would be the first thing in the way; restricted mode itself stays.
      settings: { 'security.workspace.trust.startupPrompt': 'never', ...settings },
      workspaceTrust: untrusted,
      vsix: installed ? vsix : undefined,
    });
    browser = await launchBrowser(chromium);
    context = await browser.newContext({ viewport, permissions: ['clipboard-read', 'clipboard-write'] });
    context.setDefaultTimeout(90_000);
    page = await context.newPage();
    await page.goto(server.page({ folder: workspace.folder, extension: installed ? undefined : root }));
    await workbench.ready();
  });

  afterEach('keep what shows a failure', async function () {
    if (this.currentTest?.state !== 'failed' || page === undefined) return;
    const name = this.currentTest.fullTitle().replace(/[^\w-]+/g, '-');
    const folder = join(artefactsFolder, 'failed', name);
    const picture = await workbench.screenshot(folder, 'window');
    await server?.saveLogs(join(folder, 'logs'));
    console.log(`      see ${picture}`);
  });

  after('close VS Code', async function () {
    this.timeout(startTimeout);
    await browser?.close();
    await server?.stop();
    await workspace?.remove();
  });

  return workbench;
}
