import type { tabs } from '../../../webview/comparison/state/state.ts';
import { assertAccessible } from '../accessibility.ts';
import type { ThemeName } from '../themes.ts';
import { show, useComparisonPage } from './useComparisonPage.ts';

/** What shows that a tab is drawn. */
const drawn: Readonly<Record<(typeof tabs)[number], string>> = {
  map: '.maps g.cell',
  tensor: '.delta-maps',
  output: '.token-map .tok',
  series: '.series-plot circle',
};

describe('comparison page: accessibility', () => {
  const { start } = useComparisonPage();

  for (const theme of ['dark', 'light', 'highContrast'] satisfies ThemeName[]) {
    for (const [tab, selector] of Object.entries(drawn)) {
      it(`${tab} has names, contrast and text that can be read: ${theme}`, async () => {
        const { frame } = await start({ theme });
        await show(frame, tab as keyof typeof drawn);
        await frame.waitForSelector(selector);
        await assertAccessible(frame);
      });
    }
  }
});
