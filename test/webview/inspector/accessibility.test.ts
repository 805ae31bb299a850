import type { tabs } from '../../../webview/inspector/state/state.ts';
import { assertAccessible } from '../accessibility.ts';
import { writeHostileSweep } from '../hostileSweep.ts';
import type { ThemeName } from '../themes.ts';
import { show, useInspectorPage } from './useInspectorPage.ts';

/** What shows that a tab is drawn. */
const drawn: Readonly<Record<(typeof tabs)[number], string>> = {
  overview: '.cards',
  heatmap: 'g.cell',
  attribution: '.module-head h2',
  overlap: '.overlap-note .empty',
  tokens: '.cloud [role=button]',
  entropy: '.token-map [role=option]',
  neuron: '.neuron-head dd:nth-of-type(6)',
  logit: '.logit-head .empty',
  sweep: '.trade-off g.cell',
};

describe('inspector page: accessibility', () => {
  const inspector = useInspectorPage();
  const { start } = inspector;

  for (const theme of ['dark', 'light', 'highContrast'] satisfies ThemeName[]) {
    for (const [tab, selector] of Object.entries(drawn)) {
      it(`${tab} has names, contrast and text that can be read: ${theme}`, async () => {
        if (tab === 'sweep') await writeHostileSweep(inspector.path);
        const { frame } = await start({ theme });
        await show(frame, tab as keyof typeof drawn);
        await frame.waitForSelector(selector);
        // A word's contexts are part of the tab.
        if (tab === 'tokens') {
          await frame.locator('.tokens .rows .row').first().click();
          await frame.waitForSelector('.contexts .rows .row');
        }
        await assertAccessible(frame);
      });
    }
  }
});
