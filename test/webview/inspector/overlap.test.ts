import assert from 'node:assert/strict';
import type { Frame } from 'playwright-core';
import { writeGalleryRun } from '../../figures/records/galleryRun.ts';
import { assertAccessible } from '../accessibility.ts';
import { assertEventually } from '../eventually.ts';
import type { ThemeName } from '../themes.ts';
import { show, useInspectorPage } from './useInspectorPage.ts';

describe('inspector page: overlap of samples', () => {
  const inspector = useInspectorPage();

  async function startGallery(theme: ThemeName = 'dark', width = 1280) {
    await writeGalleryRun(inspector.path);
    await inspector.server.document.load();
    const { frame } = await inspector.start({ theme, width, height: 1200 });
    await show(frame, 'overlap');
    await frame.waitForSelector('.overlap .cell');
    return frame;
  }
  const cell = (frame: Frame) => frame.getAttribute('.overlap .cell', 'aria-label');
  const heading = (frame: Frame) => frame.textContent('.pair h2');
  const choose = (frame: Frame, place: number, value: string) =>
    frame.evaluate(`(() => {
      const select = document.querySelectorAll('.overlap-line vscode-single-select')[${place}];
      select.value = ${JSON.stringify(value)};
      select.dispatchEvent(new Event('change'));
    })()`);

  it('is a matrix that keys move in; a cell chooses two samples, which lead on', async () => {
    const frame = await startGallery();
    // Each sample selects 12 neurons with all others, and 20 more, 10 of which its neighbour selects too.
    assert.match(
      (await frame.textContent('[data-figure=sample-overlap] .caption')) ?? '',
      /if each target selects 13\. Mean 0\.426 over 3 pairs; random sets .* would have 0\.0\d\d, spread over all neurons 0\.024\.$/,
    );
    assert.equal(await cell(frame), 'sample 1 with itself');
    assert.equal(await heading(frame), 'Samples 1 and 2, the most alike');
    await frame.focus('.overlap .cell');
    await frame.press('.overlap .cell', 'End');
    await assertEventually(() => cell(frame), 'sample 1 and sample 3: Jaccard index 0.231');
    assert.equal(await frame.evaluate('document.activeElement.getAttribute("aria-colindex")'), '3');
    await frame.press('.overlap .cell', 'Enter');
    await assertEventually(() => heading(frame), 'Samples 1 and 3');
    assert.equal(await frame.locator('.overlap .mark.selected').count(), 2);
    assert.deepEqual((await frame.locator('.pair dd').allTextContents()).slice(-2), ['32 and 32', '12']);
    await choose(frame, 1, 'excess');
    await assertEventually(async () => /above chance \+0\.1\d\d$/.test((await cell(frame)) ?? ''), true);
    await choose(frame, 0, '1');
    // The best neuron of each target is one of the same four in every sample.
    await assertEventually(
      async () => /selects 1, less .* Mean 1\.000/.test((await frame.textContent('.overlap-main .caption')) ?? ''),
      true,
    );
    await assertAccessible(frame);
    await frame.locator('.shared').first().click();
    await frame.waitForSelector('.neuron-head h2:has-text("Layer")');
    await show(frame, 'overlap');
    await frame.locator('.compared-samples .rows .row').nth(2).click();
    await frame.click('.pair .link:has-text("Show 3 in the entropy map")');
    await assertEventually(() => frame.getAttribute('.sample.selected', 'id'), 'sample-2');
  });

  it('saves its pairs, samples and neurons as CSV', async () => {
    const frame = await startGallery('highContrast', 480);
    const [content, room] = await frame.evaluate<[number, number]>(
      '[document.documentElement.scrollWidth, innerWidth]',
    );
    assert.ok(content <= room);
    await assertAccessible(frame);
    const exported = () =>
      inspector
        .heard('request')
        .flatMap(({ request }) =>
          request.name === 'export' ? [Buffer.from(request.file.bytes).toString('utf8')] : [],
        );
    const saves = ['[data-figure=sample-overlap]', '.compared-samples', '[aria-label="Neurons of most samples"]'];
    for (const [i, of] of saves.entries()) {
      await frame.click(`${of} .saves .link:text-is("CSV")`);
      await assertEventually(async () => exported().length, i + 1);
    }
    const [pairs, samples, neurons] = exported();
    assert.match(
      pairs!,
      /^sample_a,sample_b,budget,.*\r\n1,2,13,32,32,22,0\.52\d*,.*\r\n1,3,13,32,32,12,.*\r\n2,3,.*\r\n$/,
    );
    assert.match(samples!, /^sample,targets,.*\r\n2,8,32,0\.52\d*,13\r\n1,8,32,0\.37\d*,13\r\n3,8,/);
    assert.match(neurons!, /^layer,projection,neuron,samples,of,budget\r\n\d,\w+_proj,\d+,3,3,13\r\n/);
  });

  it('says of an older record that it does not know', async () => {
    const { frame } = await inspector.start();
    await show(frame, 'overlap');
    await frame.waitForSelector('.overlap-note .empty:has-text("run again to have them")');
  });
});
