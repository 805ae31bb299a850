import { html } from '../../page/dom.ts';
import type { Page, View } from '../state/page.ts';
import { moduleRanking } from './moduleRanking.ts';
import { neuronTable } from './neuronTable.ts';

/** The attribution tab: modules ranked, and the selected one's neurons. */
export function attributionView(page: Page): View {
  const modules = moduleRanking(page);
  const neurons = neuronTable(page);
  return {
    element: html('div', { class: 'view attribution-view' }, modules.figure.element, neurons.element),
    draw(state) {
      modules.draw(state);
      neurons.draw(state, modules.first);
    },
  };
}
