import { html } from '../../page/dom.ts';
import type { Page, View } from '../state/page.ts';
import { curve } from './curve.ts';
import { expertMap } from './expertMap.ts';
import { heatmap } from './heatmap.ts';
import { selectionPanel } from './selectionPanel.ts';

/** The heatmap tab: heatmap, curve, and what is selected; of a layer of experts these, where they are unfolded. */
export function heatmapView(page: Page): View {
  const { model } = page;
  const { experts: own } = model.record.architecture;
  const experts = own === undefined ? undefined : expertMap(page, own.count, () => map.refocus());
  const enter = () => experts?.enter();
  const map = heatmap(page, enter);
  const ratio = curve(page);
  const selection = selectionPanel(page, enter);
  const side = html('div', { class: 'side' }, experts?.figure.element, ratio.figure.element, selection.element);
  return {
    element: html('div', { class: 'view heatmap-view' }, map.figure.element, side),
    draw(state) {
      map.draw(state);
      experts?.draw(state);
      // What is selected among experts is told right under them.
      const last = experts?.figure.element.hidden === false ? ratio.figure.element : selection.element;
      if (side.lastElementChild !== last) side.append(last);
      ratio.draw(state);
      const reset = model.reset(state);
      if (reset !== undefined) selection.draw(state, reset);
    },
  };
}
