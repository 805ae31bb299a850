import { html } from '../../page/dom.ts';
import type { Page, View } from '../state/page.ts';
import type { State } from '../state/state.ts';
import { curve } from './curve.ts';
import { mixtureAt } from './expertCells.ts';
import { expertMap } from './expertMap.ts';
import { heatmap } from './heatmap.ts';
import { selectionPanel } from './selectionPanel.ts';

/** The heatmap tab: heatmap, curve, and what is selected; of a layer of experts these, where they are unfolded. */
export function heatmapView(page: Page): View {
  const { model, store } = page;
  let experts: ReturnType<typeof expertMap> | undefined;
  /** Made when experts first unfold: it has some hundred cells. */
  const expertsOf = (state: State) => {
    const count = state.unfolded ? mixtureAt(model.layout, state)?.[0]?.experts : undefined;
    if (experts === undefined && count !== undefined) {
      experts = expertMap(page, count, () => map.refocus());
      side.prepend(experts.figure.element);
    }
    return experts;
  };
  const enter = () => expertsOf(store.state)?.enter();
  const map = heatmap(page, enter);
  const ratio = curve(page);
  const selection = selectionPanel(page, enter);
  const side = html('div', { class: 'side' }, ratio.figure.element, selection.element);
  return {
    element: html('div', { class: 'view heatmap-view' }, map.figure.element, side),
    draw(state) {
      map.draw(state);
      const unfolded = expertsOf(state);
      unfolded?.draw(state);
      // What is selected among experts is told right under them.
      const last = unfolded?.figure.element.hidden === false ? ratio.figure.element : selection.element;
      if (side.lastElementChild !== last) side.append(last);
      ratio.draw(state);
      const reset = model.reset(state);
      if (reset !== undefined) selection.draw(state, reset);
    },
  };
}
