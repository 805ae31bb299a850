import { max } from 'd3';
import { projections } from '../../../src/checkpoint/architecture/architecture.ts';
import { csv } from '../../figures/csv.ts';
import { type Figure, figure } from '../../figures/figure.ts';
import { movedInGrid } from '../../figures/gridPosition.ts';
import { legend } from '../../figures/legend.ts';
import { dropdown, onResize } from '../../page/dom.ts';
import { count, percent, rhoText, shortPercent } from '../../page/format.ts';
import { currentTheme, sequential } from '../../page/theme.ts';
import type { Page } from '../state/page.ts';
import type { State } from '../state/state.ts';
import { CellGrid } from './cellGrid.ts';
import { mixtureAt } from './expertCells.ts';
import { type Cell, cellsOf, nameOf, totalColumn } from './heatCells.ts';

/*
 * The reset heatmap: a cell for each layer and projection, with the share of its neurons that is reset at the rho
 * chosen.
 */

const gap = 6;
/** Wider than two columns of a paper, pixels. */
const wideBody = 900;
const head = 20;

/**
 * Reset ratio by layer and module (Fig. 10 of the paper) as a grid that keys move in.
 *
 * @param enter a cell was unfolded by key: what is in it takes the focus
 */
export function heatmap(
  page: Page,
  enter: () => void,
): { readonly figure: Figure; draw(state: State): void /** The selected cell takes the focus. */; refocus(): void } {
  const { model, store, tooltip } = page;
  const { layers } = model.record.architecture;
  const rows = layers + 1;
  const columns = totalColumn + 1;
  let width = 0;
  let drawn: Cell[] = [];
  const mixed = model.layout.modules.some(({ experts }) => experts !== undefined);
  const expertsOf = (cell: Cell) => mixtureAt(model.layout, cell)?.[0]?.experts;
  const isSelected = ({ layer, projection }: Cell, state: State) =>
    state.layer !== undefined && layer === state.layer && projection === state.projection;

  const grid = new CellGrid<Cell>({
    columns: [...projections, 'all'].map((name) => name.replace('_proj', '')),
    rows: Array.from({ length: rows }, (_, row) => (row < layers ? String(row) : 'all')),
    nameOf: (cell) =>
      `${nameOf(cell)}: ${count(cell.reset)} of ${count(cell.width)} neurons reset, ${percent(cell.reset / cell.width)}`,
    expandedOf: (cell) =>
      expertsOf(cell) === undefined ? undefined : store.state.unfolded && isSelected(cell, store.state),
    show(cell, element) {
      const all = grid.cellAt({ row: layers, column: totalColumn })!;
      const experts = expertsOf(cell);
      tooltip.show(element, nameOf(cell), [
        ['reset', `${count(cell.reset)} of ${count(cell.width)} neurons`],
        ['ratio', percent(cell.reset / cell.width)],
        ['share of reset set', percent(all.reset === 0 ? 0 : cell.reset / all.reset)],
        ...(experts === undefined ? [] : [['experts', count(experts)] as const]),
      ]);
    },
    hide: () => tooltip.hide(),
    choose(cell, byKey) {
      const { state } = store;
      const again = isSelected(cell, state) && state.expert === undefined;
      if (expertsOf(cell) !== undefined && !(again && state.unfolded)) {
        if (!again) page.select({ layer: cell.layer, projection: cell.projection });
        store.set({ unfolded: true });
        if (byKey) enter();
        return;
      }
      // A column of totals has no layer to select.
      const none = again || cell.layer === undefined;
      page.select(
        none ? { layer: undefined, projection: undefined } : { layer: cell.layer, projection: cell.projection },
      );
      if (none) store.set({ unfolded: false });
    },
    moved: (from, event) => movedInGrid(from, event, rows, columns),
    fold() {
      const shown = store.state.unfolded && mixtureAt(model.layout, store.state) !== undefined;
      if (shown) store.set({ unfolded: false });
      return shown;
    },
  });
  const { drawing } = grid;
  const frame = figure(page, {
    name: 'reset-heatmap',
    title: 'Reset ratio',
    caption: `Share of each module’s neurons in the reset set, %, by layer and module. Click or press Enter to select${
      mixed ? ', and to unfold a layer’s experts' : ''
    }.`,
    drawing: () => ({ svg: drawing }),
    csv: () =>
      csv(
        ['layer', 'projection', 'reset', 'neurons', 'ratio', 'rho'],
        drawn.map(({ layer, projection, reset, width: neurons }) => [
          layer ?? 'all',
          projection ?? 'all',
          reset,
          neurons,
          reset / neurons,
          model.rho(store.state),
        ]),
      ),
  });
  const scale = dropdown(
    'Scale',
    [
      ['fit', 'to the largest'],
      ['full', 'to 100 %'],
    ],
    (heatScale) => store.set({ heatScale }),
  );
  const key = legend('reset');
  frame.controls.append(key.element, scale.element);
  frame.body.append(drawing);

  const place = () => {
    const labels = 30;
    const cellWidth = Math.max(Math.floor((width - labels - gap) / columns), 24);
    // On a wide page there is height as well.
    const [most, all] = width > wideBody ? [48, 760] : [34, 600];
    const cellHeight = Math.max(15, Math.min(most, Math.floor(all / rows)));
    const x = (column: number) => labels + column * cellWidth + (column === totalColumn ? gap : 0);
    const y = (row: number) => head + row * cellHeight + (row === layers ? gap : 0);
    drawing.setAttribute('width', String(x(columns)));
    drawing.setAttribute('height', String(y(rows)));
    grid.heads.forEach((text, column) => {
      text.setAttribute('x', String(x(column) + cellWidth / 2));
      text.setAttribute('y', '13');
    });
    grid.labels.forEach((text, row) => {
      text.setAttribute('x', String(labels - 6));
      text.setAttribute('y', String(y(row) + cellHeight / 2));
      for (let column = 0; column < columns; column++) {
        grid.place({ row, column }, x(column), y(row), cellWidth, cellHeight);
      }
    });
  };
  onResize(frame.body, (next) => {
    width = next;
    place();
  });

  return {
    figure: frame,
    refocus() {
      const { layer, projection } = store.state;
      if (layer === undefined) return;
      const column = projection === undefined ? totalColumn : projections.indexOf(projection);
      grid.focus({ row: layer, column }, true);
    },
    draw(state) {
      const reset = model.reset(state);
      if (reset === undefined) return;
      scale.set(state.heatScale);
      drawn = cellsOf(layers, reset);
      const theme = currentTheme();
      const largest = max(drawn, ({ reset: selected, width: neurons }) => selected / neurons) ?? 0;
      const top = state.heatScale === 'full' || largest === 0 ? 1 : largest;
      key.draw((t) => sequential(t, theme), '0', percent(top));
      drawing.setAttribute('aria-label', `Reset ratio by layer and module at rho ${rhoText(model.rho(state))}`);
      grid.draw(drawn, (cell) => {
        const ratio = cell.reset / cell.width;
        return {
          fill: sequential(ratio / top, theme),
          label: shortPercent(ratio),
          selected: isSelected(cell, state),
        };
      });
    },
  };
}
