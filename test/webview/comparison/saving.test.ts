import assert from 'node:assert/strict';
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
});
