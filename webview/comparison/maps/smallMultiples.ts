import { type ColourScale, colourScale, scales } from '../../figures/colourScale.ts';
import { csv } from '../../figures/csv.ts';
import { type Figure, figure } from '../../figures/figure.ts';
import { movedInGrid } from '../../figures/gridPosition.ts';
import { legend } from '../../figures/legend.ts';
import { dropdown, html, onResize, svg } from '../../page/dom.ts';
import { percent, score } from '../../page/format.ts';
import { currentTheme, sequential } from '../../page/theme.ts';
import type { Page } from '../state/page.ts';
import type { State } from '../state/state.ts';
import { type StatisticName, statisticNames, statistics } from '../state/statistics.ts';
import { changeCell, columnHead, cut, rowHead } from './changeCells.ts';
import { mapLayout, shortModule } from './mapLayout.ts';

/* The figure of the map tab: a map of change for each pair of checkpoints, all on one colour scale. */

const gap = 28;
const labels = 34;
const titleHeight = 22;
const headHeight = 46;
const otherGap = 18;
/** Slanted heads reach beyond the last column. */
const overhang = 24;
const leastCell = 22;
const mostCell = 58;

interface Place {
  readonly pair: number;
  readonly row: number;
  readonly column: number;
}

/** One heatmap a pair, all on one colour scale, so that checkpoints can be told apart at a glance. */
export function smallMultiples(page: Page): { readonly figure: Figure; draw(state: State): void } {
  const { model, store, tooltip } = page;
  const { record } = model;
  const layout = mapLayout(record.tensors);
  const rows = layout.cells.length;
  const columns = Math.max(...layout.cells.map((cells) => cells.length), 1);
  let width = 0;
  let drawn = '';
  let focus: Place = { pair: 0, row: 0, column: 0 };
  let cells = new Map<string, SVGGElement>();
  const drawing = svg('svg', { class: 'heatmap maps' });
  const statisticOf = (statistic: StatisticName, pair: number, tensor: number) =>
    statistics[statistic].value(model.difference(pair, tensor));

  const frame = figure(page, {
    name: 'change-map',
    title: 'What changed',
    drawing: () => ({ svg: drawing }),
    csv: () =>
      csv(
        ['reference', 'checkpoint', 'tensor', 'layer', 'module', ...statisticNames],
        record.pairs.flatMap((_, pair) => {
          const { reference, checkpoint } = model.sides(pair);
          return record.tensors.map(({ name, layer, module }, tensor) => [
            reference,
            checkpoint,
            name,
            layer,
            module,
            ...statisticNames.map((statistic) => statisticOf(statistic, pair, tensor)),
          ]);
        }),
      ),
  });
  const statistic = dropdown(
    'Statistic',
    statisticNames.map((name) => [name, statistics[name].title] as const),
    (chosen) => store.set({ statistic: chosen }),
  );
  const scaleChoice = dropdown(
    'Scale',
    scales.map((name) => [name, name] as const),
    (mapScale) => store.set({ mapScale }),
  );
  const key = legend('');
  frame.controls.append(statistic.element, scaleChoice.element, key.element);
  frame.body.append(drawing);

  const tensorAt = ({ row, column }: Place) => layout.cells[row]?.[column];
  const idOf = ({ pair, row, column }: Place) => `${pair} ${row} ${column}`;
  const placeOf = (target: EventTarget | null): Place | undefined => {
    const cell = target instanceof Element ? target.closest<SVGGElement>('g.cell') : null;
    if (cell === null) return undefined;
    const { pair, row, column } = cell.dataset;
    return { pair: Number(pair), row: Number(row), column: Number(column) };
  };
  const show = (place: Place) => {
    const tensor = tensorAt(place);
    const element = cells.get(idOf(place));
    if (tensor === undefined || element === undefined) return;
    const difference = model.difference(place.pair, tensor);
    const chosen = statistics[store.state.statistic];
    const value = chosen.value(difference);
    tooltip.show(element, html('bdi', {}, record.tensors[tensor]!.name), [
      [chosen.title, value === undefined ? 'undefined' : score(value)],
      ['norm of the change', score(difference.norm)],
      ['relative change', difference.relativeNorm === null ? 'reference is 0' : score(difference.relativeNorm)],
      ['largest change', `${score(difference.maxAbs)} at [${difference.maxAbsAt.join(', ')}]`],
      ['unchanged', percent(difference.unchangedShare)],
      ['pair', model.pairName(place.pair)],
    ]);
  };
  const open = (place: Place) => {
    const tensor = tensorAt(place);
    if (tensor === undefined) return;
    const shown = model.pairs(store.state);
    tooltip.hide();
    store.set({
      tab: 'tensor',
      tensor,
      pairs: shown.includes(place.pair) ? shown : [place.pair, ...shown.slice(0, 2)],
    });
  };
  const moveFocus = (place: Place, take: boolean) => {
    cells.get(idOf(focus))?.setAttribute('tabindex', '-1');
    focus = place;
    const cell = cells.get(idOf(place));
    cell?.setAttribute('tabindex', '0');
    if (take) cell?.focus();
  };
  drawing.addEventListener('pointerover', ({ target }) => {
    const place = placeOf(target);
    if (place === undefined) tooltip.hide();
    else show(place);
  });
  drawing.addEventListener('pointerleave', () => tooltip.hide());
  drawing.addEventListener('focusin', ({ target }) => {
    const place = placeOf(target);
    if (place !== undefined) show(place);
  });
  drawing.addEventListener('focusout', () => tooltip.hide());
  drawing.addEventListener('click', ({ target }) => {
    const place = placeOf(target);
    if (place === undefined) return;
    moveFocus(place, true);
    open(place);
  });
  drawing.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' || event.key === ' ') open(focus);
    else {
      const from = { row: focus.row, column: focus.column };
      const moved = movedInGrid(from, event, rows, columns);
      if (moved === undefined) return;
      // Past a map's side edge goes to its neighbour.
      const stuck = moved.row === from.row && moved.column === from.column;
      const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
      const pair = Math.min(Math.max(focus.pair + (stuck ? step : 0), 0), record.pairs.length - 1);
      const column = pair === focus.pair ? moved.column : step > 0 ? 0 : columns - 1;
      const there = { pair, row: moved.row, column };
      // Rows differ in length and in what they hold: the nearest cell to the left that is there.
      while (there.column > 0 && tensorAt(there) === undefined) there.column--;
      moveFocus(there, true);
    }
    event.preventDefault();
  });

  /** Draws every map again; numbers of a record do not change, so this is for another statistic, width or theme. */
  const redraw = ({ statistic: name, mapScale, tensor: chosen }: State) => {
    const theme = currentTheme();
    const values = record.pairs.map((_, pair) => record.tensors.map((__, tensor) => statisticOf(name, pair, tensor)));
    const scale: ColourScale = colourScale(
      values.flat().filter((value) => value !== undefined),
      mapScale,
    );
    key.draw((t) => sequential(t, theme), score(scale.low), score(scale.high));
    const least = labels + columns * leastCell + overhang;
    const across = Math.max(1, Math.min(record.pairs.length, Math.floor((width + gap) / (least + gap))));
    const room = (width - (across - 1) * gap) / across - labels - overhang;
    const cellWidth = Math.max(Math.min(Math.floor(room / columns), mostCell), 12);
    const cellHeight = Math.max(14, Math.min(32, Math.floor(560 / rows)));
    const mapWidth = labels + columns * cellWidth + overhang;
    const lastRow = layout.others.length > 0 ? otherGap : 0;
    const mapHeight = titleHeight + headHeight + rows * cellHeight + lastRow;
    const y = (row: number) => titleHeight + headHeight + row * cellHeight + (row === layout.layers ? lastRow : 0);
    const x = (column: number) => labels + column * cellWidth;
    const mine = new Map<string, SVGGElement>();
    const grid = { width: cellWidth, height: cellHeight, x, y };
    const cell = (pair: number, row: number, column: number, tensor: number) => {
      const value = values[pair]![tensor];
      const element = changeCell(grid, {
        row,
        column,
        value,
        colour: value === undefined ? 'none' : sequential(scale.at(value), theme),
        selected: tensor === chosen,
        label: `${record.tensors[tensor]!.name}: ${statistics[name].title}`,
        data: { 'data-pair': pair, 'data-row': row, 'data-column': column, 'data-tensor': tensor },
      });
      mine.set(idOf({ pair, row, column }), element);
      return element;
    };
    drawing.replaceChildren(
      ...record.pairs.map((_, pair) => {
        const { checkpoint, reference } = model.sides(pair);
        const left = (pair % across) * (mapWidth + gap);
        const top = Math.floor(pair / across) * (mapHeight + gap);
        return svg(
          'g',
          {
            role: 'grid',
            'aria-label': `${statistics[name].title}, ${checkpoint} against ${reference}`,
            'aria-rowcount': rows,
            'aria-colcount': columns,
            transform: `translate(${left},${top})`,
          },
          svg(
            'text',
            { class: 'panel-title', x: labels, y: 13 },
            cut(checkpoint, mapWidth / 9),
            svg('tspan', { class: 'axis', dx: 6 }, `against ${cut(reference, mapWidth / 14)}`),
          ),
          svg(
            'g',
            { role: 'row' },
            ...layout.modules.map((module, column) =>
              columnHead(grid, column, titleHeight + headHeight - 5, shortModule(module)),
            ),
          ),
          ...layout.cells.map((tensors, row) =>
            svg(
              'g',
              { role: 'row' },
              row < layout.layers && rowHead(grid, row, labels - 6),
              ...tensors.flatMap((tensor, column) =>
                tensor === undefined
                  ? []
                  : [
                      cell(pair, row, column, tensor),
                      row === layout.layers &&
                        svg(
                          'text',
                          { class: 'axis other', x: x(column) + 1, y: y(row) - 4 },
                          cut(shortModule(record.tensors[tensor]!.module), cellWidth / 3),
                        ),
                    ],
              ),
            ),
          ),
        );
      }),
    );
    const down = Math.ceil(record.pairs.length / across);
    drawing.setAttribute('width', String(across * mapWidth + (across - 1) * gap));
    drawing.setAttribute('height', String(down * mapHeight + (down - 1) * gap));
    cells = mine;
    moveFocus(focus, false);
    frame.caption.textContent = `${statistics[name].hint}; by layer and module, one colour scale for all. Click or press Enter to see a tensor.`;
  };
  onResize(frame.body, (next) => {
    width = next;
    drawn = '';
    drawIfNeeded(store.state);
  });
  const drawIfNeeded = (state: State) => {
    const what = JSON.stringify([state.statistic, state.mapScale, state.tensor, width, currentTheme()]);
    if (what === drawn || width === 0) return;
    drawn = what;
    const focused = drawing.contains(document.activeElement);
    redraw(state);
    if (focused) moveFocus(focus, true);
  };
  return {
    figure: frame,
    draw(state) {
      statistic.set(state.statistic);
      scaleChoice.set(state.mapScale);
      drawIfNeeded(state);
    },
  };
}
