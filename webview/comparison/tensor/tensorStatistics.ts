import type { DifferenceScalars } from '../../../src/record/comparison/comparisonRecord.ts';
import { quantileShares } from '../../../src/record/comparison/tensors/tensorDifference.ts';
import { csv } from '../../figures/csv.ts';
import { csvLink } from '../../figures/csvLink.ts';
import { html, link } from '../../page/dom.ts';
import { count, decimal, percent, score } from '../../page/format.ts';
import type { Page } from '../state/page.ts';
import type { State } from '../state/state.ts';

/* The table of every statistic of a tensor, a column for each pair. */

interface Row {
  readonly name: string;
  readonly column: string;
  readonly value: (difference: DifferenceScalars) => number | null;
  readonly text?: (value: number) => string;
}

const rows: readonly Row[] = [
  { name: 'relative change', column: 'relative_norm', value: ({ relativeNorm }) => relativeNorm },
  { name: 'norm of the change', column: 'norm', value: ({ norm }) => norm },
  { name: 'norm of the reference', column: 'reference_norm', value: ({ referenceNorm }) => referenceNorm },
  { name: 'norm of the checkpoint', column: 'checkpoint_norm', value: ({ checkpointNorm }) => checkpointNorm },
  { name: 'largest change', column: 'max_abs', value: ({ maxAbs }) => maxAbs },
  { name: 'mean of Δ', column: 'mean', value: ({ mean }) => mean },
  {
    name: 'standard deviation of Δ',
    column: 'standard_deviation',
    value: ({ standardDeviation }) => standardDeviation,
  },
  { name: 'excess kurtosis of Δ', column: 'excess_kurtosis', value: ({ excessKurtosis }) => excessKurtosis },
  { name: 'cosine', column: 'cosine', value: ({ cosine }) => cosine, text: (value) => decimal(value, 6) },
  { name: 'unchanged', column: 'unchanged_share', value: ({ unchangedShare }) => unchangedShare, text: percent },
  {
    name: 'sign flips',
    column: 'sign_flip_share',
    value: ({ signFlipShare }) => signFlipShare ?? null,
    text: percent,
  },
  { name: 'not finite', column: 'non_finite', value: ({ nonFinite }) => nonFinite, text: count },
  ...quantileShares.map((share, i) => ({
    name: `${100 * share} % of |Δ| below`,
    column: `quantile_${share}`,
    value: ({ quantiles }: DifferenceScalars) => quantiles[i] ?? null,
  })),
];

/** Everything the record says of a tensor in numbers, a column a pair. */
export function tensorStatistics(page: Page): { readonly element: HTMLElement; draw(state: State): void } {
  const { model, store, host } = page;
  const table = html('table', { class: 'plain' });
  const text = () =>
    csv(
      ['reference', 'checkpoint', 'tensor', ...rows.map(({ column }) => column)],
      model.pairs(store.state).map((pair) => {
        const tensor = model.tensor(store.state);
        const { reference, checkpoint } = model.sides(pair);
        const difference = model.difference(pair, tensor);
        return [
          reference,
          checkpoint,
          model.record.tensors[tensor]!.name,
          ...rows.map(({ value }) => value(difference) ?? undefined),
        ];
      }),
    );
  const save = csvLink(page, 'Save the statistics as CSV', () => ({ name: 'tensor.csv', text: text() }));
  return {
    element: html(
      'section',
      { class: 'figure', 'aria-label': 'Statistics' },
      html('header', {}, html('h2', {}, 'Statistics'), html('div', { class: 'saves' }, save)),
      html('div', { class: 'scrolls', tabindex: 0, role: 'region', 'aria-label': 'Statistics of the change' }, table),
    ),
    draw(state) {
      const tensor = model.tensor(state);
      const pairs = model.pairs(state);
      const heads = pairs.map((pair) =>
        html(
          'th',
          { scope: 'col', class: 'number' },
          html('bdi', {}, model.pairName(pair)),
          link('cards', () => host.act({ name: 'compareCards', pair }), 'Compare the two checkpoints’ cards as text'),
        ),
      );
      table.replaceChildren(
        html('thead', {}, html('tr', {}, html('td', {}), ...heads)),
        html(
          'tbody',
          {},
          ...rows.map(({ name, value, text: shown = score }) =>
            html(
              'tr',
              {},
              html('th', { scope: 'row' }, name),
              ...pairs.map((pair) => {
                const found = value(model.difference(pair, tensor));
                return html('td', { class: 'number', title: found ?? undefined }, found === null ? '–' : shown(found));
              }),
            ),
          ),
        ),
      );
    },
  };
}
