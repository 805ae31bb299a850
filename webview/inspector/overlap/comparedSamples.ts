import { csv } from '../../figures/csv.ts';
import { csvLink } from '../../figures/csvLink.ts';
import { DataTable } from '../../page/dataTable.ts';
import { html } from '../../page/dom.ts';
import { count, decimal } from '../../page/format.ts';
import { sortedBy } from '../../page/sort.ts';
import type { Page } from '../state/page.ts';
import type { OverlapColumn, State } from '../state/state.ts';
import type { OverlapData } from './overlapData.ts';

/* The samples compared, as a table: how many neurons each selects, and how far the others select the same. */

interface SampleRow {
  /** Position among the record's samples, from 0. */
  readonly sample: number;
  readonly place: number;
  readonly targets: number;
  readonly neurons: number;
  readonly mean: number | undefined;
}

/** A table of the samples; choosing one chooses it and the sample most like it. */
export function comparedSamples(page: Page): {
  readonly element: HTMLElement;
  draw(state: State, data: OverlapData): void;
} {
  const { model, store } = page;
  let data: OverlapData | undefined;
  let rows: readonly SampleRow[] = [];
  let drawn: readonly unknown[] = [];
  const table = new DataTable<OverlapColumn, SampleRow>({
    label: 'Samples compared',
    columns: [
      { name: 'sample', title: 'sample', numeric: true, hint: 'Counted from 1' },
      { name: 'targets', title: 'targets', numeric: true },
      { name: 'neurons', title: 'neurons', numeric: true, hint: 'That the sample’s targets select together' },
      { name: 'mean', title: 'mean', numeric: true, hint: 'Mean Jaccard index with every other sample' },
    ],
    cells: ({ sample, targets, neurons, mean }) => [
      String(sample + 1),
      count(targets),
      count(neurons),
      mean === undefined ? '–' : decimal(mean),
    ],
    rowClass: ({ sample }) => (store.state.overlapPair?.includes(sample) ? 'selected' : ''),
    onSort: (column, numeric) => store.set({ overlapSort: sortedBy(store.state.overlapSort, column, numeric) }),
    onChoose({ place }) {
      const pair = data!.mostAlike([place], data!.order('file'));
      const { samples } = data!.overlap;
      if (pair !== undefined) store.set({ overlapPair: [samples[pair.a]!, samples[pair.b]!] });
    },
  });
  const save = csvLink(page, 'Save the samples as CSV', () => ({
    name: 'samples.csv',
    text: csv(
      ['sample', 'targets', 'neurons', 'mean_jaccard', 'budget'],
      rows.map(({ sample, targets, neurons, mean }) => [sample + 1, targets, neurons, mean, data!.overlap.budget]),
    ),
  }));
  const collect = ({ overlap, means }: OverlapData, { overlapSort: { column, descending } }: State) => {
    const sign = descending ? -1 : 1;
    const all = Array.from(overlap.samples, (sample, place): SampleRow => {
      const { targets } = model.record.samples[sample]!;
      return { sample, place, targets, neurons: overlap.sizes[place]!, mean: means[place] };
    });
    return all.sort((a, b) => sign * ((a[column] ?? -1) - (b[column] ?? -1)) || a.sample - b.sample);
  };
  return {
    element: html(
      'section',
      { class: 'figure compared-samples', 'aria-label': 'Samples compared' },
      html('header', {}, html('h2', {}, 'Samples'), html('div', { class: 'saves' }, save)),
      table.element,
    ),
    draw(state, from) {
      const next = [from, state.overlapSort, state.overlapPair];
      if (next.every((value, i) => value === drawn[i])) return;
      drawn = next;
      data = from;
      rows = collect(from, state);
      table.draw(rows, state.overlapSort);
    },
  };
}
