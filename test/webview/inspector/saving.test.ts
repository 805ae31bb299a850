import assert from 'node:assert/strict';
import type { Frame } from 'playwright-core';
import { tabs } from '../../../webview/inspector/state/state.ts';
import { assertEventually } from '../eventually.ts';
import { writeHostileSweep } from '../hostileSweep.ts';
import { assertInsideInWideFont } from '../wideFont.ts';
import { show, useInspectorPage } from './useInspectorPage.ts';

describe('inspector page: saving', () => {
  const inspector = useInspectorPage();
  const { start, heard } = inspector;

  it('saves every figure as SVG, PNG and CSV', async () => {
    await writeHostileSweep(inspector.path);
    const { frame } = await start();
    const figures = new Set<string>();
    // Those of neuron and logit have nothing to show of an older record; explanations.test.ts saves them.
    for (const tab of tabs.filter((each) => each !== 'neuron' && each !== 'logit')) {
      await show(frame, tab);
      await frame.waitForSelector(`vscode-tab-panel[data-tab=${tab}] .figure`);
      // What is chosen is marked on the page, and in no file.
      if (tab === 'heatmap') await frame.locator('g.cell').first().click();
      if (tab === 'tokens') await frame.waitForSelector('.cloud .word');
      if (tab === 'sweep') await frame.waitForSelector('.trade-off g.cell');
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
      'sweep-map',
      'sweep-trade-off',
      'token-cloud',
    ]);
  });

  it('lays figures out for one column and for two, letters as large in both, and remembers the choice', async () => {
    await writeHostileSweep(inspector.path);
    const { frame } = await start();
    const ready = {
      ...{ tokens: '.cloud .word', overview: 'svg.metrics text', attribution: '.histogram .all' },
      ...{ overlap: '.overlap-view .figure', entropy: '.tok.target', sweep: '.trade-off g.cell' },
      heatmap: 'path.line[d]',
    };
    for (const [paper, millimetres, pixels] of [
      ['one', 85, 420],
      ['two', 178, 880],
    ] as const) {
      for (const [tab, selector] of Object.entries(ready)) {
        await show(frame, tab as (typeof tabs)[number]);
        await frame.waitForSelector(selector);
        const names = await frame
          .locator(`vscode-tab-panel[data-tab=${tab}] [data-figure]`)
          .evaluateAll((own) => own.map((figure) => figure.getAttribute('data-figure') ?? ''));
        for (const name of names) {
          const figure = `[data-figure=${name}]`;
          const size = () =>
            frame.evaluate<number>(`document.querySelector('${figure}').getBoundingClientRect().width`);
          const own = await size();
          await frame.selectOption(`${figure} .paper-width`, paper);
          const before = heard('request').length;
          await frame.click(`${figure} .saves .link:text-is("SVG")`);
          await assertEventually(async () => heard('request').length, before + 1);
          const { request } = heard('request').at(-1)!;
          assert.ok(request.name === 'export');
          const text = Buffer.from(request.file.bytes).toString('utf8');
          const [, width, across] = /<svg [^>]*\bwidth="(\d+)mm"[^>]*viewBox="-10 \S+ (\d+) /.exec(text) ?? [];
          assert.deepEqual([name, Number(width), Number(across)], [name, millimetres, pixels]);
          await assertInsideInWideFont(frame, `${name}, ${millimetres} mm`, text);
          // Nothing lies outside, and the page is as it was.
          assert.equal(await size(), own, name);
        }
      }
    }
    assert.equal(await frame.inputValue('[data-figure=reset-heatmap] .paper-width'), 'two');
    // Two saves at once take their turns, and the page is as it was.
    const style = () => frame.getAttribute('[data-figure=reset-heatmap]', 'style');
    const [own, asked] = [await style(), heard('request').length];
    await frame.evaluate(`
      const link = [...document.querySelectorAll('[data-figure=reset-heatmap] .saves .link')].find((each) => each.textContent === 'SVG');
      link.click();
      link.click();
    `);
    await assertEventually(async () => heard('request').length, asked + 2);
    assert.equal(await style(), own);
    await frame.evaluate('location.reload()');
    await frame.waitForSelector('[data-figure=reset-heatmap] g.cell');
    assert.equal(await frame.inputValue('[data-figure=reset-heatmap] .paper-width'), 'two');
  });

  it('copies a figure as a picture, and leaves the page its theme', async () => {
    const { frame, context } = await start();
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    await show(frame, 'heatmap');
    await frame.waitForSelector('g.cell');
    // It says so for two seconds, which a busy machine may let pass in between two looks.
    await frame.evaluate(`
      window.said = [];
      const link = document.querySelector('[data-figure=reset-heatmap] .saves .link:last-child');
      new MutationObserver(() => window.said.push(link.textContent)).observe(link, { childList: true });
    `);
    await frame.click('[data-figure=reset-heatmap] .saves .link:text-is("Copy")');
    await assertEventually(() => frame.evaluate('window.said[0]'), 'Copied');
    assert.equal(await frame.evaluate('document.body.className'), 'vscode-dark');
    assert.equal(await frame.evaluate('getComputedStyle(document.body).backgroundColor'), 'rgb(31, 31, 31)');
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
    // On white, of the page's own columns, with its run; nothing of the dark theme.
    assert.match(text.slice(0, 800), /<svg [^>]*\bwidth="(85|178)mm"/);
    assert.ok(/<rect [^>]*fill="#ffffff"/.test(text), name);
    assert.ok(/<text [^>]*font-weight="600"[^>]*>[^<]+</.test(text), name);
    assert.ok(text.includes('hostile · ρ 2 % · α 0.5 · 2026-01-02'), name);
    for (const dark of ['rgb(4, 57, 94)', 'rgb(31, 31, 31)', 'rgb(204, 204, 204)'])
      assert.ok(!text.includes(dark), `${name}: ${dark}`);
    assert.ok(shapes > 3, name);
    await assertInsideInWideFont(frame, name, text);
  }
}
