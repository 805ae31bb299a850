import { html } from '../../page/dom.ts';
import type { Page, View } from '../state/page.ts';
import { smallMultiples } from './smallMultiples.ts';

/** The map tab: layers × modules by any statistic, one map a pair (Fig. 2 of the paper). */
export function mapView(page: Page): View {
  const maps = smallMultiples(page);
  return {
    element: html('div', { class: 'view map-view' }, maps.figure.element),
    draw: (state) => maps.draw(state),
  };
}
