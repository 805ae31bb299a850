import type { ShownRow } from '../../../src/protocol/readiness.ts';
import { csv } from '../../figures/csv.ts';
import { csvLink } from '../../figures/csvLink.ts';
import { type Child, html, link } from '../../page/dom.ts';
import { count } from '../../page/format.ts';
import { sortedBy } from '../../page/sort.ts';
import type { Page, Part } from '../state/page.ts';
import type { State } from '../state/state.ts';

/* A table of figures with a row a checkpoint: sorted by any column, each head saying what it is, saved as CSV. */

export interface FigureColumn {
  /** Unlike the other columns' in every table; also the name in the CSV file. */
  readonly name: string;
  readonly title: string;
  /** What the number is, of which tokens, at which temperature, in a sentence. */
  readonly hint: string;
  readonly value: (row: number) => number | null | undefined;
  readonly text: (row: number) => Child;
}

interface TableOptions {
  /** Part of the CSV file's name. */
  readonly name: string;
  readonly title: string;
  /** What was measured on what, in a line, as the state has it. */
  readonly caption: (state: State) => string;
  /** As the state has it: temperatures have other columns. */
  readonly columns: (state: State) => readonly FigureColumn[];
}

/** A checkpoint's name, with what it is. */
export function rowName({ host }: Page, { name, isBase, step, folder }: ShownRow, row: number): HTMLElement {
  return html(
    'th',
    { scope: 'row' },
    html('bdi', {}, folder === null ? name : link(name, () => host.act({ name: 'reveal', row }), `Reveal ${folder}`)),
    isBase && name !== 'base' && html('span', { class: 'muted' }, ' base'),
    step !== undefined && html('span', { class: 'muted' }, ` step ${count(step)}`),
  );
}

/** Positions of rows in the order of a column; what has no value comes last. */
function inOrder(rows: readonly ShownRow[], column: FigureColumn | undefined, descending: boolean): readonly number[] {
  const positions = rows.map((_, row) => row);
  if (column === undefined) return descending ? positions.reverse() : positions;
  return positions.toSorted((a, b) => {
    const [one, other] = [column.value(a) ?? undefined, column.value(b) ?? undefined];
    if (one === undefined || other === undefined) return Number(one === undefined) - Number(other === undefined);
    return descending ? other - one : one - other;
  });
}

export function figuresTable(page: Page, { name, title, caption, columns }: TableOptions): Part {
  const { model, store, tooltip } = page;
  const heads = html('tr', {});
  const body = html('tbody', {});
  const said = html('p', { class: 'caption' });
  const asCsv = () => {
    const { state } = store;
    const shown = columns(state);
    return csv(
      ['checkpoint', 'base', 'step', ...shown.map((column) => column.name)],
      model.rows.map((row, position) => [
        row.name,
        row.isBase,
        row.step,
        ...shown.map((column) => column.value(position) ?? undefined),
      ]),
    );
  };
  const save = csvLink(page, `Save “${title}” as CSV`, () => ({ name: `${name}.csv`, text: asCsv() }));
  const element = html(
    'section',
    { class: 'figure', 'aria-label': title },
    html('header', {}, html('h2', {}, title), html('div', { class: 'saves' }, save)),
    said,
    html(
      'div',
      { class: 'scrolls', tabindex: 0, role: 'region', 'aria-label': `${title}, a row a checkpoint` },
      html('table', { class: 'readiness-table', 'data-table': name }, html('thead', {}, heads), body),
    ),
  );
  /** A head sorts by its column, and says in a hover, or when it has the focus, what the numbers are. */
  const head = (column: string, text: string, hint: string, { sort }: State): HTMLElement => {
    const sorter = html('button', { type: 'button', 'data-column': column, 'aria-description': hint }, text);
    const tell = () => tooltip.show(sorter, html('div', {}, text, html('p', { class: 'hint' }, hint)), []);
    sorter.addEventListener('pointerenter', tell);
    sorter.addEventListener('pointerleave', () => tooltip.hide());
    sorter.addEventListener('focus', tell);
    sorter.addEventListener('blur', () => tooltip.hide());
    sorter.addEventListener('click', () => store.set({ sort: sortedBy(store.state.sort, column, column !== 'order') }));
    const order = sort.column === column ? (sort.descending ? 'descending' : 'ascending') : 'none';
    return html('th', { scope: 'col', class: column === 'order' ? '' : 'number', 'aria-sort': order }, sorter);
  };
  return {
    element,
    draw(state) {
      const focused =
        document.activeElement instanceof HTMLElement ? document.activeElement.dataset['column'] : undefined;
      const held = heads.contains(document.activeElement);
      const shown = columns(state);
      const { sort } = state;
      said.textContent = caption(state);
      heads.replaceChildren(
        head('order', 'checkpoint', 'the base first, then in the order of the series', state),
        ...shown.map((column) => head(column.name, column.title, column.hint, state)),
      );
      const by = shown.find((column) => column.name === sort.column);
      body.replaceChildren(
        ...inOrder(model.rows, by, sort.descending && (by !== undefined || sort.column === 'order')).map((row) =>
          html(
            'tr',
            {},
            rowName(page, model.rows[row]!, row),
            ...shown.map((column) => html('td', { class: 'number' }, column.text(row) || '–')),
          ),
        ),
      );
      if (held && focused !== undefined)
        heads.querySelector<HTMLElement>(`[data-column="${CSS.escape(focused)}"]`)?.focus();
    },
  };
}
