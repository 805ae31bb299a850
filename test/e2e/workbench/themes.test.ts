import assert from 'node:assert/strict';
import { eventually } from '../harness/eventually.ts';
import { takeGallery } from '../harness/gallery.ts';
import { InspectorPage } from '../harness/inspector.ts';
import { useWorkbench } from '../harness/useWorkbench.ts';

describe('The inspector in every theme and width', () => {
  const workbench = useWorkbench({ record: 'quick' });
  const inspector = new InspectorPage(workbench);

  /** Background of the page, and what the theme says it is. Functions in here would lose their names on the way. */
  const backgrounds = () =>
    inspector.find('body').evaluate((body) => {
      const { defaultView: window } = body.ownerDocument;
      const probe = body.ownerDocument.createElement('div');
      probe.style.background = 'var(--vscode-editor-background)';
      body.append(probe);
      const theme = window!.getComputedStyle(probe).backgroundColor;
      probe.remove();
      return { page: window!.getComputedStyle(body).backgroundColor, theme };
    });

  const overflow = () => inspector.find('html').evaluate((html) => html.scrollWidth - html.clientWidth);

  before('open the record', async () => {
    await workbench.openFile('sample.rejuvenation.json');
    await inspector.ready();
  });

  it('follows the theme and fits the width', async function () {
    this.timeout(240_000);
    const tabs = ['Overview', 'Heatmap', 'Attribution', 'Tokens', 'Entropy'] as const;
    const views = Object.fromEntries(tabs.map((tab) => [tab.toLowerCase(), () => inspector.showTab(tab)]));
    const seen = new Map<string, string>();
    await takeGallery(workbench, views, async ({ view, theme, size }) => {
      await eventually(async () => {
        const found = await backgrounds();
        assert.equal(found.page, found.theme);
        const extra = await overflow();
        assert.ok(extra <= 0, `${view}, ${size}: the page is ${extra} pixels wider than its view`);
        seen.set(theme, found.theme);
      });
    });
    // Light and light high contrast are both white.
    assert.equal(new Set(seen.values()).size, 3);
  });
});
