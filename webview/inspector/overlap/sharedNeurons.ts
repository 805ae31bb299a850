import { csv } from '../../figures/csv.ts';
import { csvLink } from '../../figures/csvLink.ts';
import { html } from '../../page/dom.ts';
import { count } from '../../page/format.ts';
import { neuronName, placeOf } from '../neuron/neuronNames.ts';
import { showNeuron } from '../neuron/neuronView.ts';
import type { Page } from '../state/page.ts';
import type { OverlapData } from './overlapData.ts';

/* The neurons that most samples select: what the samples have in common, one by one. */

/** A list of neurons; choosing one opens its page. */
export function sharedNeurons(page: Page): { readonly element: HTMLElement; draw(data: OverlapData): void } {
  const { model } = page;
  let data: OverlapData | undefined;
  const list = html('ol', { class: 'shared-neurons' });
  const caption = html('p', { class: 'caption' });
  const save = csvLink(page, 'Save the neurons of most samples as CSV', () => ({
    name: 'shared-neurons.csv',
    text: csv(
      ['layer', 'projection', 'neuron', 'samples', 'of', 'budget'],
      (data?.overlap.widest ?? []).flatMap(({ neuron, samples }) => {
        const place = placeOf(model.layout, neuron);
        if (place === undefined) return [];
        const { layer, projection } = place.module;
        return [[layer, projection, place.neuron, samples, data!.count, data!.overlap.budget]];
      }),
    ),
  }));
  return {
    element: html(
      'section',
      { class: 'figure', 'aria-label': 'Neurons of most samples' },
      html('header', {}, html('h2', {}, 'Neurons of most samples'), html('div', { class: 'saves' }, save)),
      caption,
      list,
    ),
    draw(from) {
      if (from === data) return;
      data = from;
      const { widest } = from.overlap;
      caption.textContent = `The ${count(widest.length)} that most of the ${count(from.count)} samples select. Choose one to see what it does.`;
      list.replaceChildren(
        ...widest.map(({ neuron, samples }) => {
          const choose = html(
            'button',
            { type: 'button', class: 'shared' },
            html('span', {}, neuronName(model.layout, neuron)),
            html('span', { class: 'value' }, `${count(samples)} of ${count(from.count)}`),
          );
          choose.addEventListener('click', () => showNeuron(page, neuron));
          return html('li', {}, choose);
        }),
      );
    },
  };
}
