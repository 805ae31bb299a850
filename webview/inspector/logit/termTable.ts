import { DataTable } from '../../page/dataTable.ts';
import { html } from '../../page/dom.ts';
import { decimal, signed } from '../../page/format.ts';
import type { Term } from './terms.ts';

/* The waterfall's numbers as a table, in the order of the layers or by size. */

type TermColumn = 'term' | 'value' | 'sum';

/** Every term with what it adds and the sum so far; sorted by a click on the head. */
export function termTable(): { readonly element: HTMLElement; draw(terms: readonly Term[]): void } {
  let terms: readonly Term[] = [];
  let sort: { readonly column: TermColumn; readonly descending: boolean } = { column: 'term', descending: false };
  const table = new DataTable<TermColumn, Term>({
    label: 'Terms of the logit',
    columns: [
      { name: 'term', title: 'term', numeric: false, hint: 'In the order of the forward pass' },
      { name: 'value', title: 'adds', numeric: true, hint: 'Logits' },
      { name: 'sum', title: 'sum so far', numeric: true, hint: 'Logits' },
    ],
    cells: ({ name, value, from }) => [name, signed(value), decimal(from + value)],
    onSort(column) {
      sort = { column, descending: sort.column === column ? !sort.descending : column === 'value' };
      redraw();
    },
  });
  const redraw = () => {
    const rows = terms.map((term, place) => ({ term, place }));
    const sign = sort.descending ? -1 : 1;
    const value = ({ term, place }: (typeof rows)[number]) =>
      sort.column === 'term' ? place : sort.column === 'value' ? term.value : term.from + term.value;
    rows.sort((a, b) => sign * (value(a) - value(b)) || a.place - b.place);
    table.draw(
      rows.map(({ term }) => term),
      sort,
    );
  };
  return {
    element: html(
      'section',
      { class: 'figure term-table' },
      html('header', {}, html('h2', {}, 'By layer and block')),
      table.element,
    ),
    draw(next) {
      if (next === terms) return;
      terms = next;
      redraw();
    },
  };
}
