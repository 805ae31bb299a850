import { isReset } from '../../../src/method/resetSet.ts';
import { csv } from '../../figures/csv.ts';
import { csvLink } from '../../figures/csvLink.ts';
import { DataTable } from '../../page/dataTable.ts';
import { html } from '../../page/dom.ts';
import { signed } from '../../page/format.ts';
import { neuronName, placeOf } from '../neuron/neuronNames.ts';
import { showNeuron } from '../neuron/neuronView.ts';
import type { Page } from '../state/page.ts';
import type { State } from '../state/state.ts';

/* The neurons that push a logit most, or hold it back. */

/** A neuron with what it adds to the logit shown. */
export interface Pusher {
  /** Flat index. */
  readonly neuron: number;
  readonly score: number;
}

type PusherColumn = 'neuron' | 'score';

/** A table of neurons; choosing one opens its page. */
export function pushers(page: Page): {
  readonly element: HTMLElement;
  draw(state: State, neurons: readonly Pusher[], caption: string): void;
} {
  const { model } = page;
  let neurons: readonly Pusher[] = [];
  let budget = 0;
  let sort: { readonly column: PusherColumn; readonly descending: boolean } = { column: 'score', descending: true };
  const caption = html('p', { class: 'caption' });
  const table = new DataTable<PusherColumn, Pusher>({
    label: 'Neurons that push it',
    columns: [
      { name: 'neuron', title: 'neuron', numeric: false, hint: 'In flat order' },
      { name: 'score', title: 'adds', numeric: true, hint: 'Score for this token, logits' },
    ],
    cells: ({ neuron, score }) => [neuronName(model.layout, neuron), signed(score)],
    rowClass: ({ neuron }) => (isReset(model.bestRank?.[neuron] ?? -1, budget) ? 'reset' : ''),
    onSort(column) {
      sort = { column, descending: sort.column === column ? !sort.descending : column === 'score' };
      redraw();
    },
    onChoose: ({ neuron }) => showNeuron(page, neuron),
  });
  const redraw = () => {
    const sign = sort.descending ? -1 : 1;
    const rows = [...neurons].sort((a, b) => sign * (a[sort.column] - b[sort.column]) || a.neuron - b.neuron);
    table.draw(rows, sort);
  };
  const save = csvLink(page, 'Save these neurons as CSV', () => {
    const rows = neurons.map(({ neuron, score }) => {
      const place = placeOf(model.layout, neuron);
      return [place?.module.layer, place?.module.projection, place?.neuron, score];
    });
    return { name: 'logit-neurons.csv', text: csv(['layer', 'module', 'neuron', 'score'], rows) };
  });
  return {
    element: html(
      'section',
      { class: 'figure pushers' },
      html(
        'header',
        {},
        html('h2', {}, 'By neuron'),
        html('span', { class: 'grow' }),
        html('div', { class: 'saves' }, save),
      ),
      caption,
      table.element,
    ),
    draw(state, next, text) {
      const reset = model.reset(state);
      caption.textContent = text;
      const other = next !== neurons || budget !== (reset?.budget ?? 0);
      neurons = next;
      budget = reset?.budget ?? 0;
      if (other) redraw();
    },
  };
}
