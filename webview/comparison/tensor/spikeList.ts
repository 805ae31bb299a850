import { csv } from '../../figures/csv.ts';
import { csvLink } from '../../figures/csvLink.ts';
import { html, link } from '../../page/dom.ts';
import { score } from '../../page/format.ts';
import type { Page } from '../state/page.ts';
import type { State } from '../state/state.ts';

/** The elements of a tensor that changed most, pair by pair; each leads to its place. */
export function spikeList(
  page: Page,
  onChoose: (at: readonly number[]) => void,
): { readonly element: HTMLElement; draw(state: State): void } {
  const { model, store } = page;
  const tables = html('div', { class: 'spike-tables' });
  const text = () => {
    const tensor = model.tensor(store.state);
    return csv(
      ['reference', 'checkpoint', 'row', 'column', 'delta', 'reference_value', 'checkpoint_value'],
      model.pairs(store.state).flatMap((pair) => {
        const { reference, checkpoint } = model.sides(pair);
        return model.difference(pair, tensor).spikes.map((spike) => {
          const [row, column] = spike.at.length > 1 ? [spike.at[0], spike.at[1]] : [0, spike.at[0]];
          return [reference, checkpoint, row, column, spike.delta, spike.reference, spike.checkpoint];
        });
      }),
    );
  };
  const save = csvLink(page, 'Save the spikes as CSV', () => ({ name: 'spikes.csv', text: text() }));
  const heads = () =>
    ['at', 'Δ', 'reference', 'checkpoint'].map((name) =>
      html('th', { scope: 'col', class: name === 'at' ? '' : 'number' }, name),
    );
  return {
    element: html(
      'section',
      { class: 'figure spikes', 'aria-label': 'Spikes' },
      html('header', {}, html('h2', {}, 'Largest changes'), html('div', { class: 'saves' }, save)),
      html('div', { class: 'scrolls', tabindex: 0, role: 'region', 'aria-label': 'Largest changes' }, tables),
    ),
    draw(state) {
      const tensor = model.tensor(state);
      tables.replaceChildren(
        ...model.pairs(state).map((pair) => {
          const { spikes } = model.difference(pair, tensor);
          const rows =
            spikes.length === 0
              ? [html('tr', {}, html('td', { colspan: 4, class: 'muted' }, 'Nothing changed.'))]
              : spikes.map(({ at, delta, reference, checkpoint }) => {
                  const place = `[${at.join(', ')}]`;
                  const go = link(place, () => onChoose(at), 'Zoom to this element');
                  go.setAttribute('aria-label', `Zoom to element ${place}, change ${score(delta)}`);
                  return html(
                    'tr',
                    {},
                    html('td', {}, go),
                    ...[delta, reference, checkpoint].map((value) => html('td', { class: 'number' }, score(value))),
                  );
                });
          return html(
            'table',
            { class: 'plain' },
            html('caption', {}, html('bdi', {}, model.pairName(pair))),
            html('thead', {}, html('tr', {}, ...heads())),
            html('tbody', {}, ...rows),
          );
        }),
      );
    },
  };
}
