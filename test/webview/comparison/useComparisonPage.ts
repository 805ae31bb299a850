import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Frame } from 'playwright-core';
import type { ComparisonRecord } from '../../../src/record/comparison/comparisonRecord.ts';
import type { tabs } from '../../../webview/comparison/state/state.ts';
import { ComparisonServer, type ComparisonServerOptions } from '../comparisonServer.ts';
import { assertEventually } from '../eventually.ts';
import { writeHostileComparison } from '../hostileComparison.ts';
import { launchBrowser, type OpenPage, openWebview, type ViewOptions, webviewFrame } from '../webviewPage.ts';

/*
 * The comparison's page for tests: a record of the sample with hostile names and texts, which takes the engine some
 * seconds and is made once for all files, and a page that must have raised no error when a test ends.
 */

let made: { readonly folder: string; readonly path: Promise<string> } | undefined;

/** Where the compared folders are, and the record beside them. */
function hostileComparison(): { readonly folder: string; readonly path: Promise<string> } {
  if (made === undefined) {
    const folder = mkdtempSync(join(tmpdir(), 'comparison-page-'));
    made = { folder, path: writeHostileComparison(folder) };
  }
  return made;
}

// After the last of all files.
after(() => {
  if (made !== undefined) rmSync(made.folder, { recursive: true });
});

export async function show(frame: Frame, tab: (typeof tabs)[number]): Promise<void> {
  await frame.click(`vscode-tab-header[data-tab=${tab}]`);
}

export interface SavedFile {
  readonly name: string;
  readonly text: string;
  readonly bytes: Uint8Array;
}

export interface ComparisonPage {
  /** The compared checkpoints' parent. */
  readonly folder: string;
  /** Of the record. */
  readonly path: string;
  readonly record: ComparisonRecord;
  /** Opens the page, by default on the record. */
  start(view?: ViewOptions, options?: ComparisonServerOptions, from?: string): Promise<OpenPage>;
  /** Saves a figure by the link with this label. */
  save(frame: Frame, label: string): Promise<SavedFile>;
  /** Of a tensor in the record. */
  position(tensor: string): number;
}

/** For a `describe`: a browser for its tests, closed after them; after each, its page must have been without fault. */
export function useComparisonPage(): ComparisonPage {
  let browser: Browser;
  let folder: string;
  let path: string;
  let record: ComparisonRecord;
  let server: ComparisonServer | undefined;
  let open: OpenPage | undefined;

  before(async () => {
    const comparison = hostileComparison();
    folder = comparison.folder;
    path = await comparison.path;
    record = JSON.parse(readFileSync(path, 'utf8'));
    browser = await launchBrowser();
  });
  after(() => browser?.close());
  afterEach(async () => {
    const { errors, page, context } = open ?? {};
    const frame = page && (await webviewFrame(page, 'comparison'));
    const violations = await frame?.evaluate('window.violations');
    const pwned = await frame?.evaluate('window.pwned');
    open = undefined;
    await context?.close();
    await server?.stop();
    assert.deepEqual(errors ?? [], []);
    assert.deepEqual(violations ?? [], []);
    assert.equal(pwned, undefined);
  });
  const saved = async (): Promise<SavedFile> => {
    await assertEventually(async () => server!.heard.some(({ type }) => type === 'request'), true);
    const message = server!.heard.splice(0).find(({ type }) => type === 'request');
    if (message?.type !== 'request' || message.request.name !== 'export') throw new Error('nothing was saved');
    const { name, bytes } = message.request.file;
    return { name, bytes, text: Buffer.from(bytes).toString('utf8') };
  };
  return {
    get folder() {
      return folder;
    },
    get path() {
      return path;
    },
    get record() {
      return record;
    },
    async start(view, options, from = path) {
      server = await ComparisonServer.start(from, options);
      open = await openWebview(browser, server.origin, 'comparison', view);
      return open;
    },
    async save(frame, label) {
      await frame.locator(`button[aria-label="${label}"]`).click();
      return saved();
    },
    position: (tensor) => record.tensors.findIndex(({ name }) => name === tensor),
  };
}
