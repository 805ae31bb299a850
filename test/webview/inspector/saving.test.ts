import assert from 'node:assert/strict';
import type { Frame } from 'playwright-core';
import { tabs } from '../../../webview/inspector/state/state.ts';
import { assertEventually } from '../eventually.ts';
import { writeHostileSweep } from '../hostileSweep.ts';
import { show, useInspectorPage } from './useInspectorPage.ts';

describe('inspector page: saving', function () {
  this.timeout(60_000);
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
