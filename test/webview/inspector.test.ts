import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Frame } from 'playwright-core';
import { projectionName } from '../../src/checkpoint/architecture/tensorNames.ts';
import { resetSet } from '../../src/method/resetSet.ts';
import type { PageMessage } from '../../src/protocol/inspector.ts';
import { bestRanks } from '../../src/record/run/resetReport.ts';
import { tabs } from '../../webview/inspector/state/state.ts';
import { assertEventually } from './eventually.ts';
import { hostileTexts, writeHostileRecord } from './hostileRecord.ts';
import { InspectorServer } from './inspectorServer.ts';
import { type ThemeName, themes } from './themes.ts';
import { launchBrowser, type OpenPage, openWebview, webviewFrame } from './webviewPage.ts';

async function show(frame: Frame, tab: (typeof tabs)[number]): Promise<void> {
  await frame.click(`vscode-tab-header[data-tab=${tab}]`);
}

/** What the cells of the heatmap tell a screen reader, by layer and module. */
function cellLabels(frame: Frame): Promise<string[]> {
  return frame.locator('g.cell').evaluateAll((cells) => cells.map((cell) => cell.getAttribute('aria-label') ?? ''));
}

describe('inspector page', function () {
  this.timeout(60_000);
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
  const start = async (options?: Parameters<typeof openWebview>[3]) => {
    open = await openWebview(browser, server.origin, 'inspector', options);
    return open;
  };
  const heard = <Type extends PageMessage['type']>(type: Type) =>
    server.heard.filter((message): message is Extract<PageMessage, { type: Type }> => message.type === type);

  /** Labels that the method's own reset set gives for a rho. */
  const expectedCells = (rho: number): string[] => {
    const { layout, arrays } = server.document.open!;
    const set = resetSet(layout, bestRanks(layout, arrays), rho);
    return layout.modules.map(({ layer, projection, width }) => {
      const reset = set.get(projectionName(layer, projection))?.length ?? 0;
      return `Layer ${layer} ${projection}: ${reset} of ${width} neurons reset, ${((100 * reset) / width).toFixed(2)} %`;
    });
  };
  const moduleLabels = async (frame: Frame) =>
    (await cellLabels(frame)).filter((label) => /^Layer \d+ \w+_proj/.test(label));

  for (const theme of Object.keys(themes) as ThemeName[]) {
    for (const width of [1280, 480]) {
      it(`draws every tab, ${theme}, ${width} wide, without an error and without scrolling sideways`, async () => {
        const { frame } = await start({ theme, width });
        for (const tab of tabs) {
          await show(frame, tab);
          await frame.waitForSelector(`vscode-tab-panel[data-tab=${tab}] .figure`);
          const [content, room] = await frame.evaluate<[number, number]>(
            '[document.documentElement.scrollWidth, innerWidth]',
          );
          assert.ok(content <= room, `${tab} is ${content} wide`);
        }
      });
    }
  }

  it('shows in every cell the exact reset set of any rho', async () => {
    const { frame } = await start();
    await show(frame, 'heatmap');
    for (const percent of ['1.5', '6', '9']) {
      await frame.locator('.strip .rho input:not([type=range])').fill(percent);
      await frame.locator('.strip .rho input:not([type=range])').press('Enter');
      const expected = expectedCells(Number(percent) / 100);
      await assertEventually(() => moduleLabels(frame), expected);
    }
  });

  it('moves rho with the keyboard, and keeps the cells exact', async () => {
    const { frame } = await start();
    await show(frame, 'heatmap');
    await frame.focus('#rho');
    await frame.press('#rho', 'Home');
    await assertEventually(() => frame.getAttribute('#rho', 'aria-valuetext'), '0.05 %');
    await assertEventually(() => moduleLabels(frame), expectedCells(0.0005));
    await frame.press('#rho', 'End');
    await assertEventually(() => frame.getAttribute('#rho', 'aria-valuetext'), '4 %');
    await assertEventually(() => moduleLabels(frame), expectedCells(0.04));
  });

  it('refuses a rho beyond the kept ranks', async () => {
    const { frame } = await start();
    await frame.locator('.strip .rho input:not([type=range])').fill('50');
    await frame.locator('.strip .rho input:not([type=range])').press('Enter');
    assert.equal(await frame.locator('.strip .rho vscode-textfield').getAttribute('invalid'), '');
    assert.equal(await frame.getAttribute('#rho', 'aria-valuetext'), '2 %');
  });

  it('walks the heatmap with the keys and tells the host what was chosen', async () => {
    const { frame, page } = await start();
    await show(frame, 'heatmap');
    await frame.focus('g.cell[tabindex="0"]');
    for (const key of ['ArrowDown', 'ArrowRight', 'ArrowRight', 'Enter']) await page.keyboard.press(key);
    await assertEventually(
      async () => heard('select').map(({ selection }) => selection),
      [{ layer: 1, projection: 'v_proj' }],
    );
    assert.match((await frame.textContent('.tooltip')) ?? '', /Layer 1 v_proj/);
    await assertEventually(() => frame.textContent('.selection h2'), 'Layer 1 · v_proj');
  });

  it('follows the tree, and keeps everything over a reload', async () => {
    const { frame, page } = await start();
    await show(frame, 'attribution');
    await page.evaluate(
      `dispatchEvent(new CustomEvent('tell', { detail: { type: 'select', selection: { layer: 1, projection: 'up_proj' } } }))`,
    );
    await assertEventually(() => frame.textContent('.module-head h2'), 'Layer 1 · up_proj');
    assert.deepEqual(heard('select'), []);
    await frame.locator('.strip .rho input:not([type=range])').fill('3');
    await frame.locator('.strip .rho input:not([type=range])').press('Enter');
    await assertEventually(() => frame.getAttribute('#rho', 'aria-valuetext'), '3 %');
    await page.reload();
    const again = await webviewFrame(page, 'inspector');
    await assertEventually(() => again.textContent('.module-head h2'), 'Layer 1 · up_proj');
    assert.equal(await again.getAttribute('#rho', 'aria-valuetext'), '3 %');
  });

  it('keeps what is being typed when the page is drawn anew meanwhile', async () => {
    const { frame, page } = await start();
    await show(frame, 'heatmap');
    const rho = frame.locator('.strip .rho input:not([type=range])');
    const alpha = frame.locator('.strip .commit input');
    const select = async (layer: number) => {
      const detail = JSON.stringify({ type: 'select', selection: { layer, projection: 'up_proj' } });
      await page.evaluate(`dispatchEvent(new CustomEvent('tell', { detail: ${detail} }))`);
      const label = new RegExp(`^Layer ${layer} up_proj`);
      await assertEventually(
        async () => label.test((await frame.getAttribute('g.cell[aria-selected=true]', 'aria-label')) ?? ''),
        true,
      );
    };
    await rho.fill('6');
    await select(1);
    assert.equal(await rho.inputValue(), '6');
    await rho.press('Enter');
    await assertEventually(() => moduleLabels(frame), expectedCells(0.06));
    await alpha.fill('0.3');
    await select(0);
    assert.equal(await alpha.inputValue(), '0.3');
    // A value that comes from elsewhere takes the field's place.
    await frame.press('#rho', 'Home');
    await assertEventually(() => rho.inputValue(), '0.05');
  });

  it('draws the record anew when the host says that it changed', async () => {
    const { frame, page } = await start();
    await writeFile(path, '{"schema":"rejuvenation-run","version":99}');
    await server.document.load();
    const detail = JSON.stringify({ type: 'snapshot', snapshot: server.document.snapshot() });
    await page.evaluate(`dispatchEvent(new CustomEvent('tell', { detail: ${detail} }))`);
    await frame.waitForSelector('.refusal');
    assert.match((await frame.textContent('.refusal')) ?? '', /newer version of this program/);
  });

  it('hands rho and alpha to the commit', async () => {
    const { frame } = await start();
    await frame.locator('.strip .commit input').fill('0.25');
    await frame.locator('.strip .commit input').press('Enter');
    await frame.click('.strip .commit vscode-button:has-text("Commit")');
    await assertEventually(
      async () => heard('action').map(({ action }) => action),
      [{ name: 'commit', rho: 0.02, alpha: 0.25 }],
    );
  });

  it('shows hostile text as text, everywhere', async () => {
    const { frame } = await start();
    for (const tab of tabs) {
      await show(frame, tab);
      await frame.waitForSelector(`vscode-tab-panel[data-tab=${tab}] .figure`);
    }
    await frame.waitForSelector('.tok.target');
    await frame.hover('.tok.target');
    assert.equal(await frame.evaluate('window.pwned'), undefined);
    assert.equal(await frame.locator('img').count(), 0);
    assert.equal(await frame.locator('script').count(), 1);
    const shown = await frame.locator('.tok').allTextContents();
    assert.ok(shown.includes(hostileTexts[1]));
    assert.ok(shown.includes('\\u{202e}gnp.exe'));
    const body = await frame.evaluate<string>('document.body.innerText');
    // A folder's name is isolated, but kept as it is; tokens are escaped.
    assert.doesNotMatch(body.replaceAll(`/models/${hostileTexts[1]}\u202e`, ''), /[\u202a-\u202e\u2066-\u2069\u200b]/);
  });

  it('filters the entropy map by a selected token', async () => {
    const { frame } = await start();
    await show(frame, 'tokens');
    await frame.click('.tokens .row:has-text("=cmd")');
    await frame.click('.tokens .link:has-text("Show in the entropy map")');
    await assertEventually(() => frame.textContent('.samples h2'), '1 of 2 samples');
    await frame.waitForSelector('.tok.found');
    await frame.click('.chip .link');
    await assertEventually(() => frame.textContent('.samples h2'), '2 samples');
  });

  it('shows under each model what it thought of a token', async () => {
    const { frame } = await start();
    await show(frame, 'entropy');
    await frame.waitForSelector('.tok.target');
    await frame.focus('.token-map .scroller');
    // The first measured token is a target already: the key goes to the second.
    await frame.press('.token-map .scroller', 'n');
    const detail = server.document.answer({ name: 'sample', index: 0 });
    assert.ok('measures' in detail);
    const row = detail.targetRows[1]! - 1;
    const entropies = await frame.locator('.numbers tbody tr td:nth-child(2)').allTextContents();
    assert.deepEqual(
      entropies,
      detail.measures.map(({ entropy }) => entropy[row]!.toFixed(3)),
    );
    assert.equal(await frame.locator('.alternatives').first().locator('li').count(), 2);
  });

  it('saves every figure as SVG, PNG and CSV', async () => {
    const { frame } = await start();
    const figures = new Set<string>();
    for (const tab of tabs) {
      await show(frame, tab);
      await frame.waitForSelector(`vscode-tab-panel[data-tab=${tab}] .figure`);
      if (tab === 'tokens') await frame.waitForSelector('.cloud .word');
      if (tab === 'entropy') await frame.waitForSelector('.tok.target');
      if (tab === 'attribution') await frame.waitForSelector('.histogram .all');
      const names = await frame
        .locator(`vscode-tab-panel[data-tab=${tab}] [data-figure]`)
        .evaluateAll((own) => own.map((figure) => figure.getAttribute('data-figure') ?? ''));
      for (const name of names) {
        figures.add(name);
        for (const format of ['SVG', 'PNG', 'CSV']) {
          const before = heard('request').length;
          await frame.click(`[data-figure=${name}] .saves .link:text-is("${format}")`);
          await assertEventually(async () => heard('request').length, before + 1);
          const { request } = heard('request').at(-1)!;
          assert.ok(request.name === 'export');
          assert.equal(request.file.name, `hostile-${name}.${format.toLowerCase()}`);
          await checkFile(frame, request.file.name, request.file.bytes);
        }
      }
    }
    assert.deepEqual([...figures].sort(), [
      'effective-ratio',
      'entropy-map',
      'entropy-scatter',
      'metrics',
      'module-ranking',
      'reset-heatmap',
      'score-histogram',
      'token-cloud',
    ]);
  });
});

async function checkFile(frame: Frame, name: string, bytes: Uint8Array): Promise<void> {
  const text = Buffer.from(bytes).toString('utf8');
  if (name.endsWith('.png')) {
    assert.deepEqual([...bytes.subarray(0, 4)], [0x89, 0x50, 0x4e, 0x47]);
    assert.ok(bytes.length > 1000, name);
  } else if (name.endsWith('.csv')) {
    assert.ok(text.split('\r\n').length > 2, text);
  } else {
    const [faults, shapes, scripts] = await frame.evaluate<[number, number, number]>(
      `(() => {
        const file = new DOMParser().parseFromString(${JSON.stringify(text)}, 'image/svg+xml');
        const count = (names) => file.querySelectorAll(names).length;
        return [count('parsererror'), count('rect, path, circle, text'), count('script, foreignObject, image, [onerror]')];
      })()`,
    );
    assert.deepEqual([faults, scripts], [0, 0]);
    assert.ok(shapes > 3, name);
  }
}
