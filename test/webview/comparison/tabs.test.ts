import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tabs } from '../../../webview/comparison/state/state.ts';
import { assertEventually } from '../eventually.ts';
import { type ThemeName, themes } from '../themes.ts';
import { show, useComparisonPage } from './useComparisonPage.ts';

describe('comparison page: tabs', () => {
  const comparison = useComparisonPage();
  const { start } = comparison;

  for (const theme of Object.keys(themes) as ThemeName[]) {
    for (const width of [1280, 932, 400]) {
      it(`draws every tab, ${theme}, ${width} wide, without an error and without scrolling sideways`, async () => {
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

  it('says each thing once of a cell that is pointed at, whichever statistic is chosen', async () => {
    const { frame } = await start();
    const titles = async () => {
      await frame.locator('.maps g.cell').first().hover();
      await frame.waitForSelector('.tooltip:not([hidden])');
      return frame.locator('.tooltip dt').allTextContents();
    };
    const others = ['norm of the change', 'relative change', 'largest change', 'unchanged share'];
    const choose = async (statistic: string) => {
      await frame.locator('vscode-single-select[label="Statistic"]').click();
      await frame.locator(`vscode-single-select[label="Statistic"] .option >> text="${statistic}"`).click();
      await frame.waitForSelector(`.maps g.cell[aria-label*="${statistic}"]`);
    };
    for (const statistic of ['norm of the change', 'unchanged share', 'excess kurtosis']) {
      await choose(statistic);
      const rest = others.filter((name) => name !== statistic);
      assert.deepEqual(await titles(), [statistic, ...rest, 'pair']);
    }
  });

  it('opens without the checkpoints, and says that zooming needs their files', async () => {
    const { path, record } = comparison;
    const elsewhere = mkdtempSync(join(tmpdir(), 'comparison-alone-'));
    try {
      const alone = join(elsewhere, 'alone.comparison.json');
      const gone = record.checkpoints.map((each) => ({ ...each, folder: join(elsewhere, 'gone', each.name) }));
      writeFileSync(
        alone,
        JSON.stringify({
          ...record,
          checkpoints: gone,
          arrays: { ...record.arrays, file: 'alone.comparison.safetensors' },
        }),
      );
      cpSync(path.replace(/json$/, 'safetensors'), join(elsewhere, 'alone.comparison.safetensors'));
      const { frame, page } = await start({}, {}, alone);
      assert.equal(await frame.locator('.maps g.cell').count(), record.pairs.length * record.tensors.length);
      await show(frame, 'tensor');
      await frame.locator('.delta-maps').focus();
      for (let i = 0; i < 8; i++) await page.keyboard.press('+');
      await assertEventually(
        async () =>
          /^Single elements are read from the checkpoints’ files, which are needed for that: /.test(
            (await frame.locator('[data-figure=tensor-change] .caption').textContent()) ?? '',
          ),
        true,
      );
      await show(frame, 'output');
      await frame.waitForSelector('.token-map .tok');
    } finally {
      rmSync(elsewhere, { recursive: true });
    }
  });

  it('refuses a record that cannot be read, in a sentence', async () => {
    const { folder } = comparison;
    const broken = join(folder, 'broken.comparison.json');
    writeFileSync(broken, '{');
    const { frame } = await start({}, {}, broken);
    assert.match((await frame.locator('.refusal').textContent()) ?? '', /cannot be shown/);
  });
});
