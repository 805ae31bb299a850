import { max } from 'd3';
import { projections } from '../../../src/checkpoint/architecture/architecture.ts';
import { onCells } from '../../figures/cellEvents.ts';
import { csv } from '../../figures/csv.ts';
import { type Figure, figure } from '../../figures/figure.ts';
import { type GridPosition, movedInGrid } from '../../figures/gridPosition.ts';
import { legend } from '../../figures/legend.ts';
import { dropdown, onResize, svg } from '../../page/dom.ts';
import { count, percent, rhoText, shortPercent } from '../../page/format.ts';
import { currentTheme, sequential, textOn } from '../../page/theme.ts';
import type { Page } from '../state/page.ts';
import type { State } from '../state/state.ts';
import { type Cell, cellsOf, nameOf, totalColumn } from './heatCells.ts';

/*
 * The reset heatmap: a cell for each layer and projection, with the share of its neurons that is reset at the rho
 * chosen.
 */

const gap = 6;
/** Wider than two columns of a paper, pixels. */
const wideBody = 900;
const head = 20;
const describeAfter = 150;

/** Reset ratio by layer and module (Fig. 10 of the paper) as a grid that keys move in. */
export function heatmap(page: Page): { readonly figure: Figure; draw(state: State): void } {
  const { model, store, tooltip } = page;
  const { layers } = model.record.architecture;
  const rows = layers + 1;
  const columns = totalColumn + 1;
  let width = 0;
  let focus: GridPosition = { row: 0, column: 0 };
  let drawn: Cell[] = [];
  const drawing = svg('svg', { class: 'heatmap', role: 'grid', 'aria-rowcount': rows + 1, 'aria-colcount': columns });
  const frame = figure(page, {
    name: 'reset-heatmap',
    title: 'Reset ratio',
    caption: 'Share of each module’s neurons in the reset set, %, by layer and module. Click or press Enter to select.',
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

  const texts = new Map<string, SVGTextElement>();
  const heads = [...projections, 'all'].map((name, column) => {
    const text = svg(
      'text',
      { class: 'axis', 'text-anchor': 'middle', role: 'columnheader' },
      name.replace('_proj', ''),
    );
    text.dataset['column'] = String(column);
    return text;
  });
  drawing.append(svg('g', { role: 'row' }, ...heads));
  const groups = Array.from({ length: rows }, (_, row) => {
    const label = svg(
      'text',
      { class: 'axis', 'text-anchor': 'end', 'dominant-baseline': 'central', role: 'rowheader' },
      row < layers ? String(row) : 'all',
    );
    texts.set(`row ${row}`, label);
    const cells = Array.from({ length: columns }, (_, column) =>
      svg(
        'g',
        { class: 'cell', role: 'gridcell', tabindex: -1, 'data-row': row, 'data-column': column },
        svg('rect'),
        svg('text', { 'text-anchor': 'middle', 'dominant-baseline': 'central' }),
      ),
    );
    drawing.append(svg('g', { role: 'row' }, label, ...cells));
    return cells;
  });

  const shapes = groups.map((cells) =>
    cells.map((cell) => {
      const [rect, text] = cell.children as unknown as [SVGRectElement, SVGTextElement];
      const label = document.createTextNode('');
      text.append(label);
      return { rect, text, label, fill: '', ink: '', selected: false };
    }),
  );
  let describing: number | undefined;
  /** What screen readers read, once the numbers stand still: 296 attributes a step are a third of a frame. */
  const describe = () => {
    for (const cell of drawn) {
      const group = groups[cell.row]![cell.column]!;
      group.setAttribute('aria-selected', String(shapes[cell.row]![cell.column]!.selected));
      group.setAttribute(
        'aria-label',
        `${nameOf(cell)}: ${count(cell.reset)} of ${count(cell.width)} neurons reset, ${percent(cell.reset / cell.width)}`,
      );
    }
  };
  const cellAt = ({ row, column }: GridPosition) => drawn[row * columns + column];
  const show = (position: GridPosition) => {
    const cell = cellAt(position);
    if (cell === undefined) return;
    const all = cellAt({ row: layers, column: totalColumn })!;
    tooltip.show(groups[position.row]![position.column]!, nameOf(cell), [
      ['reset', `${count(cell.reset)} of ${count(cell.width)} neurons`],
      ['ratio', percent(cell.reset / cell.width)],
      ['share of reset set', percent(all.reset === 0 ? 0 : cell.reset / all.reset)],
    ]);
  };
  const choose = (position: GridPosition) => {
    const cell = cellAt(position);
    if (cell === undefined) return;
    const { layer, projection } = store.state;
    // A column of totals has no layer to select.
    const again = cell.layer === layer && cell.projection === projection;
    page.select(
      again || cell.layer === undefined
        ? { layer: undefined, projection: undefined }
        : { layer: cell.layer, projection: cell.projection },
    );
  };
  const moveFocus = (position: GridPosition, take: boolean) => {
    groups[focus.row]![focus.column]!.setAttribute('tabindex', '-1');
    focus = position;
    const cell = groups[focus.row]![focus.column]!;
    cell.setAttribute('tabindex', '0');
    if (take) cell.focus();
  };
  moveFocus(focus, false);
  onCells<GridPosition>(drawing, {
    placeOf: ({ dataset }) => ({ row: Number(dataset['row']), column: Number(dataset['column']) }),
    show,
    hide: () => tooltip.hide(),
    choose(position) {
      moveFocus(position, true);
      choose(position);
    },
    chooseFocused: () => choose(focus),
    key(event) {
      const moved = movedInGrid(focus, event, rows, columns);
      if (moved !== undefined) moveFocus(moved, true);
      return moved !== undefined;
    },
  });

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
    heads.forEach((text, column) => {
      text.setAttribute('x', String(x(column) + cellWidth / 2));
      text.setAttribute('y', '13');
    });
    groups.forEach((cells, row) => {
      texts.get(`row ${row}`)!.setAttribute('x', String(labels - 6));
      texts.get(`row ${row}`)!.setAttribute('y', String(y(row) + cellHeight / 2));
      cells.forEach((_, column) => {
        const { rect, text } = shapes[row]![column]!;
        rect.setAttribute('x', String(x(column) + 0.5));
        rect.setAttribute('y', String(y(row) + 0.5));
        rect.setAttribute('width', String(cellWidth - 1));
        rect.setAttribute('height', String(cellHeight - 1));
        text.setAttribute('x', String(x(column) + cellWidth / 2));
        text.setAttribute('y', String(y(row) + cellHeight / 2 + 0.5));
      });
    });
  };
  onResize(frame.body, (next) => {
    width = next;
    place();
  });

  return {
    figure: frame,
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
      for (const cell of drawn) {
        const parts = shapes[cell.row]![cell.column]!;
        const ratio = cell.reset / cell.width;
        const fill = sequential(ratio / top, theme);
        if (fill !== parts.fill) {
          parts.fill = fill;
          parts.rect.style.fill = fill;
          const ink = textOn(fill);
          if (ink !== parts.ink) parts.text.style.fill = ink;
          parts.ink = ink;
        }
        const label = shortPercent(ratio);
        if (parts.label.data !== label) parts.label.data = label;
        const selected =
          state.layer !== undefined && cell.layer === state.layer && cell.projection === state.projection;
        if (selected !== parts.selected) {
          parts.selected = selected;
          groups[cell.row]![cell.column]!.classList.toggle('selected', selected);
        }
      }
      clearTimeout(describing);
      describing = window.setTimeout(describe, describeAfter);
    },
  };
}
