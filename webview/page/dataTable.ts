import { html } from './dom.ts';
import type { Sort } from './sort.ts';
import { VirtualList } from './virtualList.ts';

/* A sortable table of any length. */

export interface Column<Name extends string> {
  readonly name: Name;
  readonly title: string;
  /** What the numbers are, for those who hover. */
  readonly hint?: string;
  readonly numeric: boolean;
}

export interface DataTableOptions<Name extends string, Row> {
  readonly label: string;
  readonly columns: readonly Column<Name>[];
  readonly cells: (row: Row, index: number) => readonly (Node | string)[];
  readonly rowClass?: (row: Row) => string;
  readonly onSort: (column: Name, numeric: boolean) => void;
  readonly onChoose?: (row: Row) => void;
}

const rowHeight = 22;

/** A sortable table of any length; rows are chosen with a click, or with the arrow keys and Enter. */
export class DataTable<Name extends string, Row> {
  readonly element: HTMLElement;
  readonly #options: DataTableOptions<Name, Row>;
  readonly #heads: HTMLButtonElement[];
  readonly #list: VirtualList;
  #rows: readonly Row[] = [];
  #active = 0;

  constructor(options: DataTableOptions<Name, Row>) {
    this.#options = options;
    const { label, columns, onSort, onChoose } = options;
    this.#heads = columns.map(({ name, title, hint, numeric }) => {
      const head = html('button', { type: 'button', class: numeric ? 'number' : '', title: hint }, title);
      head.addEventListener('click', () => onSort(name, numeric));
      return head;
    });
    const header = html(
      'div',
      { class: 'head row', role: 'row' },
      ...this.#heads.map((head, i) =>
        html('div', { role: 'columnheader', class: columns[i]!.numeric ? 'number' : '' }, head),
      ),
    );
    const scroller = html('div', { class: 'scroller', role: 'rowgroup', tabindex: 0, 'aria-label': label });
    this.#list = new VirtualList(scroller, (index) => this.#row(index));
    this.element = html('div', { class: 'data-table', role: 'table', 'aria-label': label }, header, scroller);
    this.element.style.setProperty('--columns', String(columns.length));
    scroller.addEventListener('keydown', (event) => {
      const moves: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1, PageDown: 12, PageUp: -12 };
      const ends: Readonly<Record<string, number>> = { Home: 0, End: this.#rows.length - 1 };
      const to = ends[event.key] ?? (event.key in moves ? this.#active + moves[event.key]! : undefined);
      if (to !== undefined) this.#activate(Math.min(Math.max(to, 0), this.#rows.length - 1));
      else if (event.key === 'Enter' && onChoose !== undefined && this.#active in this.#rows) {
        onChoose(this.#rows[this.#active]!);
      } else return;
      event.preventDefault();
    });
  }

  #activate(index: number): void {
    this.#active = index;
    this.#list.redraw();
    this.#list.scrollTo(index);
  }

  #row(index: number): HTMLElement {
    const row = this.#rows[index]!;
    const { columns, cells, rowClass, onChoose } = this.#options;
    const element = html(
      'div',
      {
        class: `row ${index === this.#active ? 'active ' : ''}${rowClass?.(row) ?? ''}`,
        role: 'row',
        'aria-rowindex': index + 2,
      },
      ...cells(row, index).map((content, i) =>
        html('div', { role: 'cell', class: columns[i]!.numeric ? 'number' : '' }, content),
      ),
    );
    if (onChoose !== undefined) {
      element.classList.add('choosable');
      element.addEventListener('click', () => {
        this.#active = index;
        onChoose(row);
      });
    }
    return element;
  }

  /** @param rows already in the order of `sort` */
  draw(rows: readonly Row[], sort: Sort<Name>): void {
    this.#options.columns.forEach(({ name }, i) => {
      const order = sort.column === name ? (sort.descending ? 'descending' : 'ascending') : 'none';
      this.#heads[i]!.parentElement!.setAttribute('aria-sort', order);
    });
    if (rows.length !== this.#rows.length) this.#active = 0;
    this.#rows = rows;
    this.element.setAttribute('aria-rowcount', String(rows.length + 1));
    this.#list.reset(rows.length, rowHeight);
  }

  scrollToTop(): void {
    this.#active = 0;
    this.#list.scrollToTop();
  }
}
