import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { writeRecord } from '../../../src/record/run/recordFile.ts';
import { tabs } from '../../../webview/inspector/state/state.ts';
import { heldOutRecord, twoTurnRecord } from '../../unit/record/tinyRecord.ts';
import { assertEventually } from '../eventually.ts';
import { hostileTexts } from '../hostileRecord.ts';
import { writeHostileSweep } from '../hostileSweep.ts';
import { type ThemeName, themes } from '../themes.ts';
import { show, useInspectorPage } from './useInspectorPage.ts';

describe('inspector page: tabs', () => {
  const inspector = useInspectorPage();
  const { start } = inspector;

  for (const theme of Object.keys(themes) as ThemeName[]) {
    for (const width of [1280, 480]) {
      it(`draws every tab, ${theme}, ${width} wide, without an error and without scrolling sideways`, async () => {
        await writeHostileSweep(inspector.path);
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

  it('draws the record anew when the host says that it changed', async () => {
    const { frame, page } = await start();
    await writeFile(inspector.path, '{"schema":"rejuvenation-run","version":99}');
    await inspector.server.document.load();
    const detail = JSON.stringify({ type: 'snapshot', snapshot: inspector.server.document.snapshot() });
    await page.evaluate(`dispatchEvent(new CustomEvent('tell', { detail: ${detail} }))`);
    await frame.waitForSelector('.refusal');
    assert.match((await frame.textContent('.refusal')) ?? '', /newer version of this program/);
  });

  it('shows hostile text as text, everywhere', async () => {
    const { frame } = await start();
    for (const tab of tabs) {
      await show(frame, tab);
      await frame.waitForSelector(`vscode-tab-panel[data-tab=${tab}] .figure`);
    }
    await show(frame, 'entropy');
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
    const detail = inspector.server.document.answer({ name: 'sample', index: 0 });
    assert.ok(detail !== undefined && 'measures' in detail);
    const row = detail.targetRows[1]! - 1;
    await assertEventually(
      () => frame.locator('.numbers tbody tr td:nth-child(2)').allTextContents(),
      detail.measures.map(({ entropy }) => entropy[row]!.toFixed(3)),
    );
    assert.equal(await frame.locator('.alternatives').first().locator('li').count(), 2);
  });

  it('shows a conversation: every turn by its own rows, nothing between them', async () => {
    const { draft, layout, arrays } = twoTurnRecord();
    await writeRecord(inspector.path, draft, layout, arrays);
    await inspector.server.document.load();
    const { frame } = await start();
    await show(frame, 'entropy');
    await frame.waitForSelector('.tok.target');
    const positions = (selector: string) =>
      frame.locator(selector).evaluateAll((tokens) => tokens.map((token) => token.getAttribute('data-token')));
    const each = async (selector: string) => [...new Set(await positions(selector))].sort();
    assert.deepEqual(await each('.tok.unmeasured'), ['0', '2', '3']);
    assert.deepEqual(await each('.tok.target'), ['1', '5']);
    await frame.locator('[data-token="5"]').first().click();
    // Row 4 of the logits is the sample's third response row, whose most likely tokens are 5 and 6.
    await assertEventually(
      () => frame.locator('.alternatives').first().locator('li bdi').allTextContents(),
      ['e', 'f'],
    );
    await frame.locator('[data-token="3"]').first().click();
    await assertEventually(
      async () => (await frame.textContent('.side .empty')) ?? '',
      'No part of a response: not measured.',
    );
  });

  it('tells held-out samples apart: in the means, the facts and the list', async () => {
    const { draft, layout, arrays } = heldOutRecord();
    await writeRecord(inspector.path, draft, layout, arrays);
    await inspector.server.document.load();
    const { frame } = await start();
    await frame.waitForSelector('svg.metrics path.heldOut');
    // Base and SFT, by three measures.
    assert.equal(await frame.locator('svg.metrics path.heldOut').count(), 6);
    const label = (await frame.getAttribute('svg.metrics', 'aria-label')) ?? '';
    assert.match(label, /^base: entropy 0\.5\d*, at targets 0\.5\d*, held out 0\.5\d* nats; sft: /);
    const facts = await frame.locator('.overview-view .facts').first().innerText();
    assert.match(facts, /2 tokens in 1 samples[\s\S]*1 samples, 2 response tokens/);
    await show(frame, 'entropy');
    await frame.waitForSelector('.tok.target');
    const listed = await frame.locator('.sample .facts').allTextContents();
    assert.deepEqual(listed, ['2 targets · gap 0.00', 'held out · 2 tokens']);
    await frame.locator('#sample-1').click();
    await assertEventually(async () => String(await frame.locator('.tok.target').count()), '0');
    assert.ok((await frame.locator('.tok').count()) > 0);
  });
});
