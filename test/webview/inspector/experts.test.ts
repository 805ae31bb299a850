import assert from 'node:assert/strict';
import { pathToFileURL } from 'node:url';
import type { Frame } from 'playwright-core';
import { isOfExperts, projections } from '../../../src/checkpoint/architecture/architecture.ts';
import { projectionName } from '../../../src/checkpoint/architecture/tensorNames.ts';
import { resetSet } from '../../../src/method/resetSet.ts';
import { bestRanks } from '../../../src/record/run/resetReport.ts';
import { exportReport } from '../../../src/run/report/exportReport.ts';
import { mixtureArchitecture, writeGalleryRun } from '../../figures/records/galleryRun.ts';
import { assertAccessible } from '../accessibility.ts';
import { assertEventually } from '../eventually.ts';
import { type ViewOptions, webviewFrame } from '../webviewPage.ts';
import { show, useInspectorPage } from './useInspectorPage.ts';

const { count: experts, intermediateSize: width } = mixtureArchitecture.experts!;
const map = '[data-figure=expert-map]';
const cellOf = (layer: number, column: number) =>
  `[data-figure=reset-heatmap] g.cell[data-row="${layer}"][data-column="${column}"]`;
const expertCell = (row: number, expert: number) => `${map} g.cell[data-row="${row}"][data-column="${expert}"]`;

describe('inspector page: experts', () => {
  const inspector = useInspectorPage();

  async function start(options?: ViewOptions) {
    await writeGalleryRun(inspector.path, mixtureArchitecture);
    await inspector.server.document.load();
    const opened = await inspector.start(options);
    await show(opened.frame, 'heatmap');
    return opened;
  }

  /** What the method's own reset set says of every expert's modules, and of all that an expert has. */
  function expected(layer: number, rho: number): string[] {
    const { layout, arrays } = inspector.server.document.open!;
    const set = resetSet(layout, bestRanks(layout, arrays), rho);
    const names = projections.filter(isOfExperts);
    const own = names.map((name) =>
      Array.from({ length: experts }, (_, expert) => {
        const reset = [...(set.get(projectionName(layer, name)) ?? [])];
        return reset.filter((neuron) => Math.floor(neuron / width) === expert).length;
      }),
    );
    const text = (reset: number, of: number) => `${reset} of ${of} neurons reset, ${((100 * reset) / of).toFixed(2)} %`;
    const totals = Array.from({ length: experts }, (_, expert) => own.reduce((sum, row) => sum + row[expert]!, 0));
    return [
      ...own.flatMap((row, i) => row.map((reset, expert) => `Expert ${expert} ${names[i]}: ${text(reset, width)}`)),
      ...totals.map((reset, expert) => `Expert ${expert}, all modules: ${text(reset, names.length * width)}`),
    ];
  }
  const labels = (frame: Frame) =>
    frame.locator(`${map} g.cell`).evaluateAll((cells) => cells.map((cell) => cell.getAttribute('aria-label') ?? ''));
  const neuronsListed = async (frame: Frame) =>
    (await frame.locator('.neurons .rows .row > :first-child').allTextContents()).sort();

  it('unfold at a click, exact at any rho; one of them is ranked, and comes back after a reload', async () => {
    const { frame, page } = await start();
    // The first layer has a single block: nothing unfolds, and of attention nothing does either.
    for (const cell of [cellOf(0, 6), cellOf(2, 3)]) {
      await frame.click(cell);
      await assertEventually(() => frame.isVisible(map), false);
      assert.equal(await frame.getAttribute(cell, 'aria-expanded'), null);
    }
    await frame.click(cellOf(2, 6));
    await assertEventually(() => labels(frame), expected(2, 0.02));
    await assertEventually(async () => await frame.getAttribute(cellOf(2, 6), 'aria-expanded'), 'true');
    await frame.locator('.strip .rho input:not([type=range])').fill('7');
    await frame.locator('.strip .rho input:not([type=range])').press('Enter');
    await assertEventually(() => labels(frame), expected(2, 0.07));
    // Another layer's experts take their place.
    await frame.click(cellOf(3, 5));
    await assertEventually(() => labels(frame), expected(3, 0.07));

    await frame.click(expertCell(1, 11));
    await assertEventually(() => frame.textContent('.selection h2'), 'Layer 3 · up_proj · expert 11');
    const facts = expected(3, 0.07).find((label) => label.startsWith('Expert 11 up_proj'));
    const [, reset] = /: (\d+) of/.exec(facts!)!;
    assert.match((await frame.textContent('.selection .facts')) ?? '', new RegExp(`^Neurons reset${reset} of 12 \\(`));
    await assertAccessible(frame);
    await frame.click('.selection .link:has-text("ranked")');
    const ranked = (expert: number) => Array.from({ length: width }, (_, i) => `expert ${expert} · ${i}`).sort();
    await assertEventually(() => neuronsListed(frame), ranked(11));
    await assertEventually(() => frame.textContent('.module-head h2'), 'Layer 3 · up_proj · expert 11');
    await frame.fill('.module-head input', '99');
    await frame.press('.module-head input', 'Enter');
    assert.equal(await frame.inputValue('.module-head input'), '11');
    await frame.fill('.module-head input', '4');
    await frame.press('.module-head input', 'Enter');
    await assertEventually(() => neuronsListed(frame), ranked(4));

    await page.reload();
    const again = await webviewFrame(page, 'inspector');
    await assertEventually(() => neuronsListed(again), ranked(4));
    await show(again, 'neuron');
    await assertEventually(
      async () => /^Layer 3 · up_proj · expert 4 · \d+$/.test((await again.textContent('.neuron-head h2')) ?? ''),
      true,
    );
    // Its other two weights are of the same expert; from any of them the ranking is of the module, or of the expert.
    await again.click('.neuron-head .link:has-text("down_proj expert 4 · ")');
    await assertEventually(
      async () => (await again.textContent('.neuron-head h2'))?.startsWith('Layer 3 · down_proj · expert 4'),
      true,
    );
    await again.click('.neuron-head .link:has-text("all of the module")');
    await assertEventually(async () => (await again.textContent('.module-head h2')) ?? '', 'Layer 3 · down_proj');
    await show(again, 'neuron');
    await again.click('.neuron-head .link:has-text("all of expert 4")');
    await assertEventually(() => neuronsListed(again), ranked(4));
    await show(again, 'neuron');
    await again.click('.neuron-head .link:has-text("up_proj expert 4 · ")');
    await assertEventually(async () => (await again.textContent('.neuron-head h2'))?.includes('up_proj'), true);
    await show(again, 'heatmap');
    await assertEventually(() => labels(again), expected(3, 0.07));
    await assertEventually(async () => await again.getAttribute(expertCell(1, 4), 'aria-selected'), 'true');
    // Up again: the module, then nothing.
    await again.click(cellOf(3, 5));
    await assertEventually(() => again.textContent('.selection h2'), 'Layer 3 · up_proj');
    assert.ok(await again.isVisible(map));
    // Commands of VS Code save the figures that are seen.
    const figures = () =>
      inspector
        .heard('shown')
        .at(-1)
        ?.shown.figures.map(({ name }) => name);
    const others = ['reset-heatmap', 'effective-ratio'];
    await assertEventually(async () => figures()?.sort(), ['expert-map', ...others].sort());
    await again.click(cellOf(3, 5));
    await assertEventually(() => again.textContent('.selection h2'), 'Whole model');
    await assertEventually(() => again.isVisible(map), false);
    await assertEventually(async () => figures(), others);
  });

  it('are walked with the keys, and folded by Escape, in a narrow window', async () => {
    const { frame, page, context } = await start({ theme: 'highContrast', width: 480 });
    const focused = () => frame.evaluate<string>(`document.activeElement.getAttribute('aria-label') ?? ''`);
    const press = async (...keys: string[]) => {
      for (const key of keys) await page.keyboard.press(key);
    };
    await frame.focus('g.cell[tabindex="0"]');
    await press('ArrowDown', 'End', 'ArrowLeft', 'Enter');
    // What is in the cell has the focus: its module of the first expert.
    const starts = async (text: string) => assertEventually(async () => (await focused()).startsWith(text), true);
    await starts('Expert 0 down_proj: ');
    await press('ArrowRight', 'ArrowUp');
    await starts('Expert 1 up_proj: ');
    await press('Enter');
    await assertEventually(() => frame.textContent('.selection h2'), 'Layer 1 · up_proj · expert 1');
    await press('Control+End');
    await starts(`Expert ${experts - 1}, all modules: `);
    await press(' ');
    await assertEventually(() => frame.textContent('.selection h2'), `Layer 1 · expert ${experts - 1}`);
    assert.equal(await frame.isVisible('.selection .link:has-text("ranked")'), false);
    const [content, room] = await frame.evaluate<[number, number]>(
      '[document.documentElement.scrollWidth, innerWidth]',
    );
    assert.ok(content <= room, `${content} wide`);
    await assertAccessible(frame);
    // An expert of this layer is none of the module that the ranking opens with.
    await show(frame, 'attribution');
    await assertEventually(
      async () => /^Layer \d \S \w+_proj$/.test((await frame.textContent('.module-head h2')) ?? ''),
      true,
    );
    await show(frame, 'heatmap');
    await frame.focus(expertCell(3, experts - 1));
    await press('Escape');
    await starts('Layer 1, all modules: ');
    await assertEventually(() => frame.isVisible(map), false);
    await assertEventually(async () => await frame.getAttribute(cellOf(1, 7), 'aria-expanded'), 'false');
    await press('ArrowLeft', 'Enter');
    await starts('Expert 0 down_proj: ');
    await press('Escape', 'Enter');
    await starts('Expert 0 down_proj: ');
    await frame.click(`${map} .link:text-is("Fold")`);
    await starts('Layer 1 down_proj: ');

    // A report shows the same.
    const out = inspector.path.replace(/\.rejuvenation\.json$/, '.html');
    await exportReport({ record: inspector.path, out, text: false, overwrite: false });
    const report = await context.newPage();
    await report.goto(pathToFileURL(out).href);
    await report.waitForSelector('#inspector:not([aria-busy])');
    await show(report.mainFrame(), 'heatmap');
    await report.click(cellOf(3, 4));
    await assertEventually(() => labels(report.mainFrame()), expected(3, 0.02));
  });
});
