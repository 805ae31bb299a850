import { html } from '../../page/dom.ts';
import type { Page, View } from '../state/page.ts';
import { smallMultiples } from './smallMultiples.ts';
import { notesView, unsharedView } from './unsharedView.ts';

/** The map tab: layers × modules by any statistic, one map a pair (Fig. 2 of the paper). */
export function mapView(page: Page): View {
  const maps = smallMultiples(page);
  return {
    element: html(
      'div',
      { class: 'view map-view' },
      maps.figure.element,
      unsharedView(page.model),
      notesView(page.model),
    ),
    draw: (state) => maps.draw(state),
  };
}
