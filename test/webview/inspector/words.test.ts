import assert from 'node:assert/strict';
import type { Frame } from 'playwright-core';
import { writeRecord } from '../../../src/record/run/recordFile.ts';
import { wordsRecord } from '../../unit/record/wordsRecord.ts';
import { assertEventually } from '../eventually.ts';
import type { ViewOptions } from '../webviewPage.ts';
import { show, useInspectorPage } from './useInspectorPage.ts';

describe('inspector page: words and samples', () => {
  const inspector = useInspectorPage();

  async function start(options?: ViewOptions) {
    const { draft, layout, arrays } = wordsRecord();
    await writeRecord(inspector.path, draft, layout, arrays);
    await inspector.server.document.load();
    return inspector.start(options);
  }
  const cloud = async (frame: Frame) =>
    (
      await frame
        .locator('.cloud .word')
        .evaluateAll((words) => words.map((word) => word.getAttribute('aria-label') ?? ''))
    ).sort();
  const active = (frame: Frame) => frame.getAttribute('.token-map .column:first-child .tok.active', 'data-token');
  async function choose(frame: Frame, label: string, option: string): Promise<void> {
    await frame.locator(`vscode-single-select[label="${label}"]`).click();
    await frame.locator(`vscode-single-select[label="${label}"] .option:has-text("${option}")`).click();
  }

  it('puts pieces together into words, or shows each token', async () => {
    const { frame } = await start();
    await show(frame, 'tokens');
    await frame.waitForSelector('.cloud .word');
    assert.deepEqual(await cloud(frame), [
      'deliberate, 3 times a target, mean gap 0.208 nats',
      'now, 1 times a target, mean gap 0.125 nats',
    ]);
    const rows = () => frame.locator('.tokens .data-table:not([hidden]) .rows .row').count();
    assert.equal(await rows(), 2);
    // The colours begin where the gaps do.
    assert.match(await frame.innerText('[data-figure=token-cloud] .legend'), /gap \(nats\)\s+0\.13\s+0\.21/);
    await choose(frame, 'Group by', 'token');
    await assertEventually(async () => (await cloud(frame)).length, 4);
    await assertEventually(rows, 4);
    // The mark of a space is there, and fainter than the word.
    assert.deepEqual((await frame.locator('.cloud .space').allTextContents()).sort(), ['␣', '␣']);
  });

  it('keeps the colours of words in high contrast', async () => {
    const { frame } = await start({ theme: 'highContrast' });
    await show(frame, 'tokens');
    await frame.waitForSelector('.cloud .word');
    const fills = await frame
      .locator('.cloud .word')
      .evaluateAll((words) => words.map((word) => word.getAttribute('style') ?? ''));
    assert.equal(new Set(fills).size, 2);
    assert.ok(await frame.isVisible('[data-figure=token-cloud] .legend'));
  });

  it('opens the contexts of a word, and each in the entropy map', async () => {
    const { frame } = await start();
    await show(frame, 'tokens');
    await frame.click('.cloud .word:has-text("deliberate")');
    const rows = frame.locator('.contexts .rows .row');
    await assertEventually(() => rows.count(), 3);
    assert.equal(await frame.innerText('.contexts h2'), 'Contexts of deliberate');
    // Largest gap first.
    assert.match(await rows.first().innerText(), /^So\s+␣del\s+iberate\s+0\.250$/);
    await rows.first().click();
    await frame.waitForSelector('.tok.found.active');
    assert.equal(await active(frame), '1');
    assert.equal(await frame.getAttribute('.sample.selected', 'id'), 'sample-1');
    assert.match(await frame.innerText('.chip'), /^target is in\s+deliberate/);
  });

  it('goes by n and p from target to target of the filter, over samples', async () => {
    const { frame } = await start();
    await show(frame, 'tokens');
    await frame.click('.cloud .word:has-text("deliberate")');
    await frame.click('.tokens .link:has-text("Show in the entropy map")');
    await frame.waitForSelector('.tok.found');
    const place = async () => `${await frame.getAttribute('.sample.selected', 'id')} ${await active(frame)}`;
    const map = '.token-map .scroller';
    await frame.press(map, 'Home');
    // ` now`, a target too, is another word's.
    for (const expected of ['sample-0 2', 'sample-1 1', 'sample-1 2']) {
      await frame.press(map, 'n');
      await assertEventually(place, expected);
    }
    await frame.press(map, 'n');
    await assertEventually(() => frame.textContent('.status'), 'This is the last target.');
    for (const expected of ['sample-1 1', 'sample-0 2']) {
      await frame.press(map, 'p');
      await assertEventually(place, expected);
    }
    await frame.click('.chip .link');
    await frame.press(map, 'n');
    await assertEventually(place, 'sample-0 4');
  });

  it('lets a key act on what was chosen just before, drawn or not', async () => {
    const { frame } = await start();
    await show(frame, 'tokens');
    await frame.click('.cloud .word:has-text("deliberate")');
    await frame.click('.tokens .link:has-text("Show in the entropy map")');
    await frame.waitForSelector('.tok.found');
    const map = '.token-map .scroller';
    await frame.press(map, 'Home');
    await frame.press(map, 'n');
    await assertEventually(() => active(frame), '2');
    // In one task, so that no frame is drawn between the click and the key.
    await frame.evaluate(`
      document.querySelector('.chip .link').click();
      document.querySelector('${map}').dispatchEvent(new KeyboardEvent('keydown', { key: 'n', bubbles: true }));
    `);
    await assertEventually(() => active(frame), '4');
    assert.equal(await frame.getAttribute('.sample.selected', 'id'), 'sample-0');
  });

  it('lists samples by what they say, sorts them by gap, and searches them', async () => {
    const { frame } = await start();
    await show(frame, 'entropy');
    await frame.waitForSelector('.tok.target');
    const listed = () => frame.locator('.sample .excerpt').allTextContents();
    await assertEventually(listed, ['We deliberate now', 'So deliberate']);
    assert.deepEqual(await frame.locator('.sample .facts').allTextContents(), [
      '2 targets · gap 0.13',
      '2 targets · gap 0.25',
    ]);
    await choose(frame, 'Sort by', 'mean gap');
    await assertEventually(listed, ['So deliberate', 'We deliberate now']);
    const search = frame.getByRole('searchbox', { name: 'Search the samples’ texts' });
    await search.fill('ATE NOW');
    await assertEventually(listed, ['We deliberate now']);
    assert.equal(await frame.textContent('.samples h2'), '1 of 2 samples');
    await search.fill('nowhere');
    await assertEventually(listed, []);
    assert.ok(await frame.isVisible('.samples .empty'));
    await search.fill('');
    await assertEventually(async () => (await listed()).length, 2);
  });
});
