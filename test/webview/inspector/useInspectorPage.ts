import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Frame } from 'playwright-core';
import type { PageMessage } from '../../../src/protocol/inspector.ts';
import type { tabs } from '../../../webview/inspector/state/state.ts';
import { writeHostileRecord } from '../hostileRecord.ts';
import { InspectorServer } from '../inspectorServer.ts';
import { launchBrowser, type OpenPage, openWebview, type ViewOptions, webviewFrame } from '../webviewPage.ts';

/*
 * The inspector's page for tests, on a record all of whose texts are hostile: each test has a record and a page of its
 * own, and the page must have raised no error when it ends.
 */

export async function show(frame: Frame, tab: (typeof tabs)[number]): Promise<void> {
  await frame.click(`vscode-tab-header[data-tab=${tab}]`);
}

export interface InspectorUnderTest {
  /** Of the record. */
  readonly path: string;
  readonly server: InspectorServer;
  start(options?: ViewOptions): Promise<OpenPage>;
  /** What the page told the host, of one type. */
  heard<Type extends PageMessage['type']>(type: Type): Extract<PageMessage, { type: Type }>[];
}

/** For a `describe`: a browser for its tests, closed after them; after each, its page must have been without fault. */
export function useInspectorPage(): InspectorUnderTest {
  let browser: Browser;
  let server: InspectorServer;
  let folder: string;
  let path: string;
  let open: OpenPage | undefined;

  before(async () => {
    browser = await launchBrowser();
  });
  after(() => browser?.close());
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'inspector-page-'));
    path = join(folder, 'hostile.rejuvenation.json');
    await writeHostileRecord(path);
    server = await InspectorServer.start(path);
  });
  afterEach(async () => {
    const { errors, page, context } = open ?? {};
    const violations = page && (await (await webviewFrame(page, 'inspector')).evaluate('window.violations'));
    open = undefined;
    await context?.close();
    await server.stop();
    await rm(folder, { recursive: true });
    assert.deepEqual(errors ?? [], []);
    assert.deepEqual(violations ?? [], []);
  });
  return {
    get path() {
      return path;
    },
    get server() {
      return server;
    },
    async start(options) {
      open = await openWebview(browser, server.origin, 'inspector', options);
      return open;
    },
    heard: <Type extends PageMessage['type']>(type: Type) =>
      server.heard.filter((message): message is Extract<PageMessage, { type: Type }> => message.type === type),
  };
}
