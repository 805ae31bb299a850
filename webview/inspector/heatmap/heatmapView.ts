import { html, link } from '../../page/dom.ts';
import { bytes, count, percent } from '../../page/format.ts';
import type { Page, View } from '../state/page.ts';
import { curve } from './curve.ts';
import { heatmap } from './heatmap.ts';

/** The heatmap tab: heatmap, curve, and what is selected. */
export function heatmapView(page: Page): View {
  const { model, store } = page;
  const map = heatmap(page);
  const ratio = curve(page);
  const facts = html('dl', { class: 'facts' });
  const heading = html('h2', {});
  const show = link('Show its neurons ranked', () => store.set({ tab: 'attribution' }));
  const neuron = link('Show what its first neuron does', () => store.set({ neuron: undefined, tab: 'neuron' }));
  const selection = html('section', { class: 'figure selection', 'aria-live': 'polite' }, heading, facts, show, neuron);
  return {
    element: html(
      'div',
      { class: 'view heatmap-view' },
      map.figure.element,
      html('div', { class: 'side' }, ratio.figure.element, selection),
    ),
    draw(state) {
      map.draw(state);
      ratio.draw(state);
      const reset = model.reset(state);
      if (reset === undefined) return;
      const { layer, projection } = state;
      const modules = reset.modules.filter(
        ({ module }) =>
          (layer === undefined || module.layer === layer) &&
          (projection === undefined || module.projection === projection),
      );
      const neurons = modules.reduce((sum, module) => sum + module.neurons, 0);
      const width = modules.reduce((sum, { module }) => sum + module.width, 0);
      const parameters = modules.reduce((sum, module) => sum + module.parameters, 0);
      heading.textContent =
        layer === undefined
          ? 'Whole model'
          : projection === undefined
            ? `Layer ${layer}`
            : `Layer ${layer} · ${projection}`;
      show.hidden = projection === undefined;
      neuron.hidden = projection === undefined;
      const axis = modules.length === 1 ? modules[0]!.module.axis : undefined;
      const rows: (readonly [string, string])[] = [
        ['Neurons reset', `${count(neurons)} of ${count(width)} (${percent(neurons / width)})`],
        [
          'Parameters reset',
          `${count(parameters)} (${percent(parameters / model.record.parameters)} of the checkpoint)`,
        ],
        ['At two bytes each', bytes(2 * parameters)],
      ];
      if (axis !== undefined) rows.push(['A neuron is', axis === 'row' ? 'an output row' : 'an input column']);
      if (layer === undefined) rows.push(['Budget a target', `${count(reset.budget)} neurons`]);
      facts.replaceChildren(...rows.flatMap(([name, value]) => [html('dt', {}, name), html('dd', {}, value)]));
    },
  };
}
