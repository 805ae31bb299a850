import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { inflateRawSync } from 'node:zlib';
import type { Browser, Frame, Page } from 'playwright-core';
import { reportParts } from '../../../src/protocol/report.ts';
import { fromPlanes } from '../../../src/record/arrays/bytePlanes.ts';
import { recordArraySpecs } from '../../../src/record/run/recordArrays.ts';
import { readRecord } from '../../../src/record/run/recordFile.ts';
import { exportReport } from '../../../src/run/report/exportReport.ts';
import { tabs } from '../../../webview/inspector/state/state.ts';
import { assertAccessible } from '../accessibility.ts';
import { assertEventually } from '../eventually.ts';
import { hostileTexts, writeHostileRecord } from '../hostileRecord.ts';
import { InspectorServer } from '../inspectorServer.ts';
import { launchBrowser, openWebview } from '../webviewPage.ts';
import { assertInsideInWideFont } from '../wideFont.ts';
import { show } from './useInspectorPage.ts';

/** What the heatmap says and shows: every cell's name and colours, every word. */
function heatmapOf(frame: Frame): Promise<unknown> {
  return frame.evaluate(`
    [...document.querySelectorAll('[data-figure=reset-heatmap] svg :is(g.cell, text)')].map((one) => [
      one.getAttribute('aria-label'),
      one.textContent,
      ...[one, ...one.querySelectorAll('*')].map((part) => getComputedStyle(part).fill),
    ])`);
}

const violationsOf =
  "document.addEventListener('securitypolicyviolation', (e) => (window.violations ??= []).push(e.blockedURI));";

describe('report', () => {
  let browser: Browser;
  let folder: string;
  let record: string;
  let server: InspectorServer | undefined;
  before(async () => {
    browser = await launchBrowser();
    folder = await mkdtemp(join(tmpdir(), 'report-'));
    record = join(folder, 'hostile.rejuvenation.json');
    await writeHostileRecord(record);
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
    await rm(folder, { recursive: true });
  });

  /** Opens a report from the file system, with the network off. */
  async function open(name: string, text: boolean): Promise<{ page: Page; frame: Frame; done(): Promise<void> }> {
    const out = join(folder, name);
    await exportReport({ record, out, text, overwrite: false });
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, offline: true });
    const page = await context.newPage();
    const [errors, requests]: [string[], string[]] = [[], []];
    page.on('pageerror', (error) => errors.push(error.stack ?? error.message));
    page.on('request', (request) => requests.push(request.url()));
    await page.addInitScript(violationsOf);
    const url = pathToFileURL(out).href;
    await page.goto(url);
    const frame = page.mainFrame();
    await frame.waitForSelector('#inspector:not([aria-busy])');
    return {
      page,
      frame,
      async done() {
        const violations = await frame.evaluate('window.violations ?? []');
        await context.close();
        assert.deepEqual({ errors, violations }, { errors: [], violations: [] });
        assert.deepEqual(
          requests.filter((request) => !request.startsWith('blob:')),
          [url],
        );
      },
    };
  }

  it('opens from the file system, in every tab, with names and contrast, and shows hostile text as text', async () => {
    const { page, frame, done } = await open('whole.html', true);
    // A report measures nothing, and has no checkpoints to ask.
    assert.equal(await frame.locator('vscode-tab-header[data-tab=sweep]').isVisible(), false);
    assert.equal(await frame.locator('.measure-line button').first().isVisible(), false);
    for (const tab of tabs.filter((each) => each !== 'sweep')) {
      await show(frame, tab);
      await frame.waitForSelector(`vscode-tab-panel[data-tab=${tab}] .figure`);
      if (tab === 'entropy') await frame.waitForSelector('.tok.target');
      await assertAccessible(frame);
    }
    const shown = await frame.locator('.tok').allTextContents();
    assert.ok(shown.includes(hostileTexts[1]));
    assert.equal(await frame.evaluate('window.pwned'), undefined);
    assert.equal(await frame.locator('img').count(), 0);
    assert.match(await page.title(), /^hostile – /);
    assert.match(
      (await frame.textContent('.report-head')) ?? '',
      /2026-01-02.*ρ 2 % \(0\.02\) · α 0\.5 · 3\.33 % of neurons reset/s,
    );
    assert.equal(await frame.locator('.strip .commit').isVisible(), false);
    await frame.click('#report-theme');
    await assertAccessible(frame);
    await done();
  });

  it("draws the inspector's heatmap, at any rho, and saves it", async () => {
    server = await InspectorServer.start(record);
    const inspector = await openWebview(browser, server.origin, 'inspector', { theme: 'light' });
    const { page, frame, done } = await open('figures.html', true);
    for (const one of [inspector.frame, frame]) {
      await show(one, 'heatmap');
      await one.waitForSelector('[data-figure=reset-heatmap] g.cell');
      const before = await heatmapOf(one);
      assert.ok(Array.isArray(before) && before.length > 20);
      await one.press('#rho', 'End');
      await assertEventually(async () => isDeepStrictEqual(await heatmapOf(one), before), false);
    }
    await assertEventually(
      async () => isDeepStrictEqual(await heatmapOf(frame), await heatmapOf(inspector.frame)),
      true,
    );
    const download = page.waitForEvent('download');
    await frame.click('[data-figure=reset-heatmap] .saves .link:text-is("SVG")');
    const file = await download;
    assert.equal(file.suggestedFilename(), 'hostile-reset-heatmap.svg');
    await assertInsideInWideFont(frame, 'of the report', await readFile(await file.path(), 'utf8'));
    await inspector.context.close();
    await done();
  });

  it('leaves the text of the calibration out on request, ids and file names too', async () => {
    const { frame, done } = await open('bare.html', false);
    await show(frame, 'entropy');
    await frame.waitForSelector('.tok.target');
    assert.deepEqual([...new Set(await frame.locator('.tok').allTextContents())], ['▯']);
    assert.equal(await frame.locator('vscode-tab-header[data-tab=tokens]').isVisible(), false);
    await assertAccessible(frame);
    await done();

    const html = await readFile(join(folder, 'bare.html'), 'utf8');
    // The page's own scripts hold words of every kind; a checkpoint keeps its folder's last name.
    const own = html
      .replaceAll(/<script type="module">.*?<\/script>|<style>.*?<\/style>/gs, '')
      .replaceAll('\\u003c', '<')
      .replaceAll(/"folder":"(?:[^"\\]|\\.)*"/g, '');
    const texts = hostileTexts.filter((text) => text.length > 2 && text !== 'plain');
    for (const text of [
      ...texts.flatMap((each) => [each, JSON.stringify(each).slice(1, -1)]),
      'pwned',
      'pairs.jsonl',
      '/models',
      '/data',
      '/out',
    ]) {
      assert.ok(!own.includes(text), text);
    }
    const whole = await readFile(join(folder, 'whole.html'), 'utf8');
    for (const text of ['pairs.jsonl', 'gnp.exe']) assert.ok(whole.includes(text), text);
    for (const text of ['/models', '/data', '/out']) assert.ok(!whole.includes(`"${text}`), text);
    const base64 = new RegExp(`id="${reportParts.arrays}">([^<]*)<`).exec(html)![1]!;
    const { record: own2, layout } = await readRecord(record);
    const arrays = fromPlanes(recordArraySpecs(own2, layout), inflateRawSync(Buffer.from(base64, 'base64')));
    for (const name of ['samples.ids', 'targets.gold', 'measurements.0.top_ids', 'measurements.1.top_ids']) {
      assert.ok(
        arrays.get(name)!.every((id) => id === 0),
        name,
      );
    }
  });
});
