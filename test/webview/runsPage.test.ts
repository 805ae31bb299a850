import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { writeRunsPage } from '../../src/run/runs/writeRunsPage.ts';
import { assertAccessible } from './accessibility.ts';
import { writeHostileRecord } from './hostileRecord.ts';
import { launchBrowser } from './webviewPage.ts';

/* The page that compares runs, as a browser shows it from the file system. */

const names = ['plain', `<img src=x onerror="window.pwned=1">\u202egnp`, `a name of a run ${'and on '.repeat(20)}`];

describe('page of compared runs', () => {
  let browser: Browser;
  let folder: string;
  let out: string;
  before(async () => {
    browser = await launchBrowser();
    folder = await mkdtemp(join(tmpdir(), 'runs-'));
    out = join(folder, 'runs.html');
    const records = names.map((name) => join(folder, `${name}.rejuvenation.json`));
    for (const record of records) await writeHostileRecord(record);
    await writeRunsPage({ records, rho: undefined, out, overwrite: false });
  });
  after(async () => {
    await browser?.close();
    await rm(folder, { recursive: true });
  });

  const widthOver = (page: Page) =>
    page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');

  it('opens with the network off, named and readable, wide and narrow, and shows names as text', async () => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, offline: true });
    const page = await context.newPage();
    const requests: string[] = [];
    const errors: string[] = [];
    page.on('request', (request) => requests.push(request.url()));
    // A browser says here what the page's policy kept from it.
    page.on('console', (message) => errors.push(message.text()));
    page.on('pageerror', (error) => errors.push(error.message));
    const url = pathToFileURL(out).href;
    await page.goto(url);
    assert.equal(await page.locator('figure svg').count(), 6);
    assert.equal(await page.locator('img').count(), 0);
    assert.equal(await page.evaluate('window.pwned'), undefined);
    assert.equal(
      await page.locator('tbody tr').nth(1).locator('th').first().textContent(),
      names[1]!.replace('\u202e', '\\u{202e}'),
    );
    // The page's style holds.
    assert.equal(await page.evaluate('getComputedStyle(document.querySelector("table")).borderCollapse'), 'collapse');
    assert.deepEqual({ requests, errors }, { requests: [url], errors: [] });
    for (const width of [1280, 480]) {
      await page.setViewportSize({ width, height: 800 });
      assert.equal(await widthOver(page), 0, `at ${width}`);
      await assertAccessible(page.mainFrame());
    }
    // No word of a figure is cut off by its edge.
    const cutOff = await page.evaluate(`[...document.querySelectorAll('svg text')].filter((text) => {
      const [inner, outer] = [text.getBoundingClientRect(), text.ownerSVGElement.getBoundingClientRect()];
      return inner.left < outer.left || inner.right > outer.right || inner.top < outer.top || inner.bottom > outer.bottom;
    }).map((text) => text.textContent)`);
    assert.deepEqual(cutOff, []);
    await context.close();
  });
});
