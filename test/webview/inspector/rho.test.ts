import assert from 'node:assert/strict';
import { assertEventually } from '../eventually.ts';
import { webviewFrame } from '../webviewPage.ts';
import { expectedCells, moduleLabels } from './heatmapCells.ts';
import { show, useInspectorPage } from './useInspectorPage.ts';

describe('inspector page: rho and selection', () => {
  const inspector = useInspectorPage();
  const { start, heard } = inspector;

  it('shows in every cell the exact reset set of any rho', async () => {
    const { frame } = await start();
    await show(frame, 'heatmap');
    for (const percent of ['1.5', '6', '9']) {
      await frame.locator('.strip .rho input:not([type=range])').fill(percent);
      await frame.locator('.strip .rho input:not([type=range])').press('Enter');
      const expected = expectedCells(inspector.server, Number(percent) / 100);
      await assertEventually(() => moduleLabels(frame), expected);
    }
  });

  it('moves rho with the keyboard, and keeps the cells exact', async () => {
    const { frame } = await start();
    await show(frame, 'heatmap');
    await frame.focus('#rho');
    await frame.press('#rho', 'Home');
    await assertEventually(() => frame.getAttribute('#rho', 'aria-valuetext'), '0.05 %');
    await assertEventually(() => moduleLabels(frame), expectedCells(inspector.server, 0.0005));
    await frame.press('#rho', 'End');
    await assertEventually(() => frame.getAttribute('#rho', 'aria-valuetext'), '4 %');
    await assertEventually(() => moduleLabels(frame), expectedCells(inspector.server, 0.04));
  });

  for (const { name, field, value, kept, range } of [
    {
      name: 'rho beyond the kept ranks',
      field: '.rho',
      value: '50',
      kept: '2',
      range: /^ρ: above 0, at most 9 %/,
    },
    { name: 'rho of none', field: '.rho', value: '0', kept: '2', range: /^ρ: above 0/ },
    { name: 'rho that is no number', field: '.rho', value: 'abc', kept: '2', range: /^ρ: above 0/ },
    { name: 'alpha above 1', field: '.commit', value: '1.7', kept: '0.5', range: /^α: from 0 .* to 1/ },
    { name: 'empty alpha', field: '.commit', value: '', kept: '0.5', range: /^α: from 0/ },
  ]) {
    it(`refuses a ${name}: says the range, holds Commit back, and takes it back at Escape`, async () => {
      const { frame } = await start();
      const input = frame.locator(`.strip ${field} input:not([type=range])`);
      const buttons = frame.locator('.strip .commit vscode-button');
      const disabled = () => buttons.evaluateAll((each) => each.map((button) => button.hasAttribute('disabled')));
      const before = await frame.locator('.strip').boundingBox();
      await input.fill(value);
      for (const commit of [async () => undefined, () => input.press('Enter')]) {
        await commit();
        await assertEventually(
          async () => range.test((await frame.locator('.strip .message').textContent()) ?? ''),
          true,
        );
        assert.equal(await frame.locator(`.strip ${field} vscode-textfield`).getAttribute('invalid'), '');
        assert.deepEqual(await disabled(), [true, true]);
      }
      assert.deepEqual(await frame.locator('.strip').boundingBox(), before, 'the strip has moved');
      await frame.locator('.strip .commit vscode-button').first().click({ force: true });
      assert.equal(await frame.getAttribute('#rho', 'aria-valuetext'), '2 %');
      assert.deepEqual(heard('action'), []);
      await input.press('Escape');
      await assertEventually(() => input.inputValue(), kept);
      await assertEventually(() => frame.locator(`.strip ${field} vscode-textfield`).getAttribute('invalid'), null);
      await assertEventually(disabled, [false, false]);
      assert.equal((await frame.locator('.strip .message').textContent())?.trim(), '');
    });
  }

  it('warns above the mark without moving anything, and takes the largest rho below it', async () => {
    const { frame } = await start();
    const strip = frame.locator('.strip');
    const ratio = async () => Number.parseFloat((await strip.locator('.effect strong').textContent()) ?? '');
    const setRho = async (percent: string) => {
      await frame.locator('.strip .rho input:not([type=range])').fill(percent);
      await frame.locator('.strip .rho input:not([type=range])').press('Enter');
      await assertEventually(() => frame.getAttribute('#rho', 'aria-valuetext'), `${percent} %`);
    };
    await setRho('0.1');
    await assertEventually(async () => (await ratio()) <= 20, true);
    const before = await strip.boundingBox();
    await setRho('9');
    await assertEventually(async () => (await ratio()) > 20, true);
    assert.match((await strip.locator('.message').textContent()) ?? '', /above 20 %: much of SFT is lost/);
    assert.deepEqual(await strip.boundingBox(), before);
    const offer = strip.locator('.message button');
    const offered = /^Take ρ ([\d.]+) %$/.exec((await offer.textContent()) ?? '')?.[1];
    assert.ok(offered !== undefined);
    await offer.click();
    await assertEventually(() => frame.getAttribute('#rho', 'aria-valuetext'), `${offered} %`);
    await assertEventually(async () => (await ratio()) <= 20, true);
    assert.equal((await strip.locator('.message').textContent())?.trim(), '');
    assert.equal(await strip.locator('.fraction').textContent(), `= ${Number((Number(offered) / 100).toPrecision(3))}`);
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
    await assertEventually(async () => /Layer 1 v_proj/.test((await frame.textContent('.tooltip')) ?? ''), true);
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
    await assertEventually(() => moduleLabels(frame), expectedCells(inspector.server, 0.06));
    await alpha.fill('0.3');
    await select(0);
    assert.equal(await alpha.inputValue(), '0.3');
    // A value that comes from elsewhere takes the field's place.
    await frame.press('#rho', 'Home');
    await assertEventually(() => rho.inputValue(), '0.05');
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
});
