import { pointName } from '../../../src/record/sweep/pointName.ts';
import type { MeasuredPoint } from '../../../src/record/sweep/sweepRecord.ts';
import { sweepFront } from '../../../src/record/sweep/tradeOff.ts';
import { DataTable } from '../../page/dataTable.ts';
import { html } from '../../page/dom.ts';
import { decimal, percent, rhoText } from '../../page/format.ts';
import { sortedBy } from '../../page/sort.ts';
import type { Page } from '../state/page.ts';
import type { State, SweepColumn } from '../state/state.ts';
import { setPlace } from './setPlace.ts';
import type { TradeOffContent } from './tradeOffFigure.ts';

/* The points of a sweep as a table: what the figures show, for whoever cannot see them or wants the numbers. */

interface PointRow {
  readonly point: MeasuredPoint;
  readonly name: string;
  readonly regained: number;
  readonly paid: number;
  readonly front: boolean;
}

const keyOf: Readonly<Record<SweepColumn, (row: PointRow) => number | string>> = {
  alpha: ({ point }) => point.alpha,
  rho: ({ point }) => point.rho,
  neurons: ({ name }) => name,
  ratio: ({ point }) => point.neuronRatio,
  regained: ({ regained }) => regained,
  paid: ({ paid }) => paid,
  front: ({ front }) => (front ? 0 : 1),
};

function sortedRows(rows: readonly PointRow[], { column, descending }: State['sweepSort']): PointRow[] {
  const key = keyOf[column];
  const order = (a: PointRow, b: PointRow) => {
    const [x, y] = [key(a), key(b)];
    return x < y ? -1 : x > y ? 1 : 0;
  };
  return [...rows].sort((a, b) => (descending ? order(b, a) : order(a, b)));
}

/** Every point of a sweep, sortable; a chosen row sets rho and alpha. */
export function sweepTable(page: Page): {
  readonly element: HTMLElement;
  draw(state: State, content: TradeOffContent): void;
} {
  const { store } = page;
  const table = new DataTable<SweepColumn, PointRow>({
    label: 'Points of the sweep',
    columns: [
      { name: 'alpha', title: 'α', numeric: true },
      { name: 'rho', title: 'ρ', numeric: true },
      { name: 'neurons', title: 'neurons by', numeric: false },
      { name: 'ratio', title: 'reset', hint: 'Share of all neurons that is reset', numeric: true },
      { name: 'regained', title: 'regained', hint: 'As the figure above has it', numeric: true },
      { name: 'paid', title: 'paid', hint: 'As the figure above has it', numeric: true },
      { name: 'front', title: 'Pareto front', numeric: false },
    ],
    cells: ({ point, name, regained, paid, front }) => [
      String(point.alpha),
      rhoText(point.rho),
      html('bdi', {}, name),
      percent(point.neuronRatio),
      decimal(regained),
      decimal(paid),
      front ? 'front' : '',
    ],
    onSort: (column, numeric) => store.set({ sweepSort: sortedBy(store.state.sweepSort, column, numeric) }),
    onChoose: ({ point }) => setPlace(page, point),
  });
  const element = html(
    'section',
    { class: 'figure sweep-points', 'aria-label': 'Points' },
    html('header', {}, html('h2', {}, 'Points')),
    table.element,
  );
  return {
    element,
    draw({ sweepSort }, { set: { record }, tradeOff }) {
      const front = sweepFront(record, tradeOff);
      const rows = record.points.map((point, index) => ({
        ...{ point, name: pointName(point, record), front: front.has(index) },
        ...{ regained: tradeOff.regained.of(point) ?? Number.NaN, paid: tradeOff.paid.of(point) ?? Number.NaN },
      }));
      table.draw(sortedRows(rows, sweepSort), sweepSort);
    },
  };
}
