import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import { compareCheckpoints } from '../../../src/comparison/compareCheckpoints.ts';
import { startEngine } from '../../../src/engine/process/client.ts';
import { defaultSettings } from '../../../src/settings/runSettings.ts';
import { eventually } from '../harness/eventually.ts';
import { takeGallery } from '../harness/gallery.ts';
import { InspectorPage } from '../harness/inspector.ts';
import { useWorkbench } from '../harness/useWorkbench.ts';
import type { Workbench } from '../harness/workbench.ts';

/** Background of the page, and what the theme says it is. Functions in here would lose their names on the way. */
function backgrounds(find: (selector: string) => Locator) {
  return find('body').evaluate((body) => {
    const { defaultView: window } = body.ownerDocument;
    const probe = body.ownerDocument.createElement('div');
    probe.style.background = 'var(--vscode-editor-background)';
    body.append(probe);
    const theme = window!.getComputedStyle(probe).backgroundColor;
    probe.remove();
    return { page: window!.getComputedStyle(body).backgroundColor, theme };
  });
}

/** Shows the views in every look; fails unless each has the theme's background and fits its width. */
async function followsThemes(
  workbench: Workbench,
  find: (selector: string) => Locator,
  views: Readonly<Record<string, () => Promise<void>>>,
): Promise<void> {
  const overflow = () => find('html').evaluate((html) => html.scrollWidth - html.clientWidth);
  const seen = new Map<string, string>();
  await takeGallery(workbench, views, async ({ view, theme, size }) => {
    await eventually(async () => {
      const found = await backgrounds(find);
      assert.equal(found.page, found.theme);
      const extra = await overflow();
      assert.ok(extra <= 0, `${view}, ${size}: the page is ${extra} pixels wider than its view`);
      seen.set(theme, found.theme);
    });
  });
  // Light and light high contrast are both white.
  assert.equal(new Set(seen.values()).size, 3);
}

describe('The inspector in every theme and width', () => {
  const workbench = useWorkbench({ record: 'quick' });
  const inspector = new InspectorPage(workbench);

  before('open the record', async () => {
    await workbench.openFile('sample.rejuvenation.json');
    await inspector.ready();
  });

  it('follows the theme and fits the width', async function () {
    this.timeout(240_000);
    const tabs = ['Overview', 'Heatmap', 'Attribution', 'Tokens', 'Entropy'] as const;
    const views = Object.fromEntries(tabs.map((tab) => [tab.toLowerCase(), () => inspector.showTab(tab)]));
    await followsThemes(workbench, (selector) => inspector.find(selector), views);
  });
});

describe('The comparison in every theme and width', () => {
  const workbench = useWorkbench();
  const find = (selector: string) => workbench.webview.locator(selector);

  before('compare the sample’s checkpoints', async function () {
    this.timeout(120_000);
    const { folder } = workbench;
    await compareCheckpoints(
      {
        checkpoints: ['base', 'sft-mod', 'sft-over'].map((name) => join(folder, name)),
        pairs: 'all',
        record: join(folder, 'sample.comparison.json'),
        output: { ...defaultSettings, calibration: [join(folder, 'calibration.jsonl')], device: 'cpu' },
        overwrite: false,
      },
      { onEvent: () => {}, signal: new AbortController().signal, startEngine },
    );
    await workbench.openFile('sample.comparison.json');
    await find('.maps g.cell').first().waitFor();
  });

  it('follows the theme and fits the width', async function () {
    this.timeout(240_000);
    const show = (tab: string, ready: string) => async () => {
      await find(`vscode-tab-header[data-tab=${tab}]`).click();
      await find(ready).first().waitFor();
    };
    await show('output', '.tok:not(.unmeasured)')();
    await find('.tok:not(.unmeasured)').nth(2).click();
    await followsThemes(workbench, find, {
      'comparison-map': show('map', '.maps g.cell'),
      'comparison-tensor': show('tensor', '.delta-overlay .profile'),
      'comparison-output': show('output', '.distribution .bar'),
      'comparison-series': show('series', '.series-plot .line'),
    });
  });
});
