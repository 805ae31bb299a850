import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import { compareCheckpoints } from '../../../src/comparison/compareCheckpoints.ts';
import { startEngine } from '../../../src/engine/process/client.ts';
import { defaultSettings } from '../../../src/settings/runSettings.ts';
import { rejuvenate } from '../../cli/rejuvenate.ts';
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

/** Scrolls a view until something in it is at its top. `scrollIntoView` would move VS Code's own frame as well. */
function scrollToTop(target: Locator): Promise<void> {
  return target.evaluate((element) => {
    const view = element.closest('.view')!;
    view.scrollBy(0, element.getBoundingClientRect().top - view.getBoundingClientRect().top);
  });
}

/** How far tabs reach out of the page, to the left and to the right, pixels. */
function tabsOutside(find: (selector: string) => Locator): Promise<number[]> {
  return find('vscode-tab-header').evaluateAll((headers) => {
    const places = headers.map((header) => header.getBoundingClientRect());
    const width = headers[0]!.ownerDocument.documentElement.clientWidth;
    return [Math.max(...places.map(({ left }) => -left)), Math.max(...places.map(({ right }) => right - width))];
  });
}

/** Shows the views in every look; fails unless each has the theme's background and fits its width, with all its tabs. */
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
      const outside = await tabsOutside(find);
      assert.ok(Math.max(...outside) <= 0, `${view}, ${size}: tabs are ${outside} pixels out of sight`);
      seen.set(theme, found.theme);
    });
  });
  // Light and light high contrast are both white.
  assert.equal(new Set(seen.values()).size, 3);
}

describe('The inspector in every theme and width', () => {
  const workbench = useWorkbench({ record: 'quick' });
  const inspector = new InspectorPage(workbench);

  before('sweep the record and open it', async () => {
    const record = join(workbench.folder, 'sample.rejuvenation.json');
    const points = ['--alpha', '0.4,0.5,0.6', '--rho', '0,0.001,0.01', '--controls', 'random', '--seeds', '1'];
    const { exitCode, stderr } = await rejuvenate(['sweep', record, ...points, '--device', 'cpu']);
    assert.equal(exitCode, 0, stderr);
    await workbench.openFile('sample.rejuvenation.json');
    await inspector.ready();
    // Neuron and Logit show what was chosen elsewhere.
    await inspector.showTab('Entropy');
    await inspector.find('.tok.target').first().click();
    await inspector.find('.token-detail .link', { hasText: 'What pushes this token?' }).click();
    await inspector.find('.pushers .rows .row').first().click();
    await inspector.find('.written li').first().waitFor();
  });

  it('follows the theme and fits the width', async () => {
    const ready: Readonly<Record<Parameters<typeof inspector.showTab>[0], string>> = {
      Overview: '.measure-line',
      Heatmap: '[role=gridcell]',
      Attribution: '.attribution-view .figure',
      Overlap: '.overlap [role=gridcell]',
      Tokens: '.cloud [role=button]',
      Entropy: '.tok.target',
      Neuron: '.written li',
      Logit: '.waterfall .sum',
      Sweep: '.sweep-map [role=gridcell]',
    };
    const show = async (tab: keyof typeof ready) => {
      await inspector.showTab(tab);
      await inspector.find(ready[tab]).first().waitFor();
      await inspector.find('.view:visible').evaluate((view) => view.scrollTo(0, 0));
    };
    const inStatusBar = (hasText: string) => workbench.page.locator('.statusbar-item', { hasText }).first().waitFor();
    const views = Object.fromEntries(
      (Object.keys(ready) as (keyof typeof ready)[]).map((tab) => [tab.toLowerCase(), () => show(tab)]),
    );
    await followsThemes(workbench, (selector) => inspector.find(selector), {
      ...views,
      async overview() {
        // A rho that is not measured: there is the button for it.
        await inspector.typeRho(0.2);
        await inStatusBar('ρ 0.2 %');
        await show('Overview');
        await inspector.find('.measure-line').getByRole('button', { name: 'Measure' }).waitFor();
      },
      async heatmap() {
        await inspector.typeRho(0.1);
        await inStatusBar('ρ 0.1 %');
        await show('Heatmap');
      },
      async entropy() {
        await show('Entropy');
        await eventually(async () => {
          const { page } = await backgrounds((selector) => inspector.find(selector));
          const chosen = inspector.find('.samples .sample.selected');
          const color = await chosen.evaluate((row) => row.ownerDocument.defaultView!.getComputedStyle(row).color);
          assert.notEqual(color, page, 'the chosen sample cannot be read');
        });
      },
      async 'sweep-trade-off'() {
        await show('Sweep');
        await scrollToTop(inspector.find('[data-figure=sweep-trade-off]'));
      },
    });
  });
});

describe('The comparison in every theme and width', () => {
  const workbench = useWorkbench();
  const find = (selector: string) => workbench.webview.locator(selector);

  before('compare the sample’s checkpoints', async () => {
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

  it('follows the theme and fits the width', async () => {
    const show = (tab: string, ready: string) => async () => {
      await find(`vscode-tab-header[data-tab=${tab}]`).click();
      await find(ready).first().waitFor();
    };
    await show('output', '.tok:not(.unmeasured)')();
    await find('.tok:not(.unmeasured)').nth(2).click();
    await show('tensor', '.spectrum-ask vscode-button')();
    await find('.spectrum-ask vscode-button').click();
    const scrolled = (selector: string) => async () => {
      await show('tensor', '.delta-overlay .profile')();
      await scrollToTop(find(selector).first());
    };
    await followsThemes(workbench, find, {
      'comparison-map': show('map', '.maps g.cell'),
      'comparison-tensor': scrolled('.delta-maps'),
      'comparison-spectrum': scrolled('[data-figure=tensor-spectrum]'),
      'comparison-output': show('output', '.distribution .bar'),
      'comparison-series': show('series', '.series-plot .line'),
    });
  });
});
