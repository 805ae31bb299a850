import assert from 'node:assert/strict';
import type { Frame } from 'playwright-core';
import { readRecord, writeRecord } from '../../../src/record/run/recordFile.ts';
import { writeGalleryRun } from '../../figures/records/galleryRun.ts';
import { show, useInspectorPage } from './useInspectorPage.ts';

const long = 'sft-over-rejuvenated-alpha0.5-rho0.001';

/** Cells of the token panel whose text does not fit or that lie on their neighbour. */
function collisions(frame: Frame): Promise<unknown> {
  return frame.evaluate(`(() => {
    const cells = [...document.querySelectorAll('.numbers th, .numbers td, .alternatives h3')];
    const boxes = cells.map((cell) => ({ cell, box: cell.getBoundingClientRect() }));
    const cut = cells.filter((cell) => getComputedStyle(cell).textOverflow !== 'ellipsis' && cell.scrollWidth > cell.clientWidth);
    const over = boxes.flatMap(({ cell, box }, i) => boxes.slice(i + 1).filter(({ box: other }) =>
      Math.min(box.right, other.right) - Math.max(box.left, other.left) > 0.5 &&
      Math.min(box.bottom, other.bottom) - Math.max(box.top, other.top) > 0.5).map(() => cell));
    const panel = document.querySelector('.token-detail').getBoundingClientRect();
    const beside = boxes.filter(({ box }) => box.right > panel.right + 0.5);
    return [...cut, ...over, ...beside.map(({ cell }) => cell)].map((cell) => cell.outerHTML);
  })()`);
}

describe('inspector page: long names', () => {
  const inspector = useInspectorPage();

  /** A record of three checkpoints, of which the last has a long name. */
  async function start(width: number) {
    await writeGalleryRun(inspector.path);
    const { record, layout, arrays } = await readRecord(inspector.path);
    const measurements = record.measurements.map((each, i) => (i === 2 ? { ...each, name: long } : each));
    await writeRecord(inspector.path, { ...record, measurements }, layout, arrays);
    await inspector.server.document.load();
    const { frame } = await inspector.start({ width });
    await show(frame, 'entropy');
    await frame.click('.tok.target');
    await frame.waitForSelector('.numbers');
    return frame;
  }

  for (const width of [1920, 1280, 480]) {
    it(`leave the token panel's columns apart, ${width} wide`, async () => {
      const frame = await start(width);
      assert.deepEqual(await collisions(frame), []);
      const entropy = await frame.locator('.numbers td:nth-child(2)').first().boundingBox();
      assert.ok(entropy!.width >= 30);
    });
  }

  it('name every stacked line by its checkpoint, cut in the middle', async () => {
    const frame = await start(480);
    assert.ok(await frame.isVisible('.token-map.stacked'));
    const lines = await frame
      .locator('.token-map .line')
      .evaluateAll((all) =>
        all.map((line) =>
          [...line.querySelectorAll('.row-name')].map(({ textContent }) => textContent ?? '').join(' '),
        ),
      );
    // What is no response is drawn once, and is nobody's.
    assert.deepEqual([...new Set(lines)].sort(), ['', 'base sft sft-o…ho0.001']);
    assert.equal(await frame.getAttribute('.row-name:has-text("…")', 'title'), long);
  });
});
