import assert from 'node:assert/strict';
import { tabs } from '../../../webview/comparison/state/state.ts';
import { assertInsideInWideFont } from '../wideFont.ts';
import { show, useComparisonPage } from './useComparisonPage.ts';

describe('comparison page: saving', () => {
  const comparison = useComparisonPage();
  const { start, save } = comparison;

  it('saves figures that stand on their own, with the pixels in them', async () => {
    const { frame } = await start();
    await show(frame, 'tensor');
    await frame.waitForSelector('.delta-overlay .frame');
    const svg = await save(frame, 'Save “Change, element by element” as SVG');
    assert.match(svg.text, /href="data:image\/png;base64,/);
    const png = await save(frame, 'Save “Change, element by element” as PNG');
    assert.deepEqual([...png.bytes.subarray(0, 4)], [0x89, 0x50, 0x4e, 0x47]);
    // A drawing without its pixels is a few lines on one colour, which compress to very little.
    assert.ok(png.bytes.length > 60_000, `${png.bytes.length} bytes`);
  });

  it('saves figures whose text stays in them in a wider font', async () => {
    const { frame } = await start();
    for (const tab of tabs) {
      await show(frame, tab);
      const panel = frame.locator(`vscode-tab-panel[data-tab=${tab}]`);
      await panel.locator('[data-figure] svg').first().waitFor();
      const links = panel.locator('[data-figure]:visible .saves [aria-label$=" as SVG"]');
      for (const label of await links.evaluateAll((own) => own.map((link) => link.getAttribute('aria-label')!))) {
        for (const width of ['one', 'two']) {
          await panel.locator('.paper-width').first().selectOption(width);
          await assertInsideInWideFont(frame, `${label}, ${width}`, (await save(frame, label)).text);
        }
      }
    }
  });
});
