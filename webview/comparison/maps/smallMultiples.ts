import { onCells } from '../../figures/cellEvents.ts';
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
import { changeCell } from './changeCells.ts';
import { mapDrawing, mapGeometry } from './mapDrawing.ts';
import { mapLayout } from './mapLayout.ts';

/* The figure of the map tab: a map of change for each pair of checkpoints, all on one colour scale. */

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
    statistics[statistic].value(model.difference(pair, tensor), record.tensors[tensor]!.shape);

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

  /** Of the experts that share a cell the one that is shown, which has the largest value. */
  const shownExpert = new Map<string, number>();
  const tensorAt = (place: Place) => shownExpert.get(idOf(place)) ?? layout.cells[place.row]?.[place.column];
  const idOf = ({ pair, row, column }: Place) => `${pair} ${row} ${column}`;
  const show = (place: Place) => {
    const tensor = tensorAt(place);
    const element = cells.get(idOf(place));
    if (tensor === undefined || element === undefined) return;
    const difference = model.difference(place.pair, tensor);
    const chosen = statistics[store.state.statistic];
    const value = chosen.value(difference, record.tensors[tensor]!.shape);
    const always = [
      ['norm of the change', score(difference.norm)],
      ['relative change', difference.relativeNorm === null ? 'reference is 0' : score(difference.relativeNorm)],
      ['largest change', `${score(difference.maxAbs)} at [${difference.maxAbsAt.join(', ')}]`],
      [statistics.unchanged.title, percent(difference.unchangedShare)],
    ] as const;
    // The chosen statistic comes first, and each thing once.
    const first = always.find(([title]) => title === chosen.title);
    tooltip.show(element, html('bdi', {}, record.tensors[tensor]!.name), [
      first ?? [chosen.title, value === undefined ? 'undefined' : score(value)],
      ...always.filter((row) => row !== first),
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
  /** Where an arrow key leads: past a map's side edge, to its neighbour. */
  const movedBy = (event: KeyboardEvent): Place | undefined => {
    const moved = movedInGrid(focus, event, rows, columns);
    if (moved === undefined) return undefined;
    const stuck = moved.row === focus.row && moved.column === focus.column;
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    const pair = Math.min(Math.max(focus.pair + (stuck ? step : 0), 0), record.pairs.length - 1);
    const there = { pair, row: moved.row, column: pair === focus.pair ? moved.column : step > 0 ? 0 : columns - 1 };
    // Rows differ in length and in what they hold: the nearest cell to the left that is there.
    while (there.column > 0 && tensorAt(there) === undefined) there.column--;
    return there;
  };
  onCells<Place>(drawing, {
    placeOf: ({ dataset }) => ({
      pair: Number(dataset['pair']),
      row: Number(dataset['row']),
      column: Number(dataset['column']),
    }),
    show,
    hide: () => tooltip.hide(),
    choose(place) {
      moveFocus(place, true);
      open(place);
    },
    chooseFocused: () => open(focus),
    key(event) {
      const there = movedBy(event);
      if (there !== undefined) moveFocus(there, true);
      return there !== undefined;
    },
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
    const geometry = mapGeometry(layout, record.pairs.length, width);
    const mine = new Map<string, SVGGElement>();
    shownExpert.clear();
    const cell = (pair: number, row: number, column: number, first: number) => {
      const experts = layout.experts.get(first) ?? [first];
      const largest = (most: number, each: number) =>
        (values[pair]![each] ?? -Infinity) > (values[pair]![most] ?? -Infinity) ? each : most;
      const tensor = experts.reduce(largest, first);
      if (experts.length > 1) shownExpert.set(idOf({ pair, row, column }), tensor);
      const value = values[pair]![tensor];
      const element = changeCell(geometry.grid, {
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
      ...record.pairs.map((_, pair) =>
        mapDrawing(geometry, pair, {
          layout,
          tensors: record.tensors,
          title: statistics[name].title,
          ...model.sides(pair),
          cell: (row, column, tensor) => cell(pair, row, column, tensor),
        }),
      ),
    );
    drawing.setAttribute('width', String(geometry.width));
    drawing.setAttribute('height', String(geometry.height));
    cells = mine;
    moveFocus(focus, false);
    frame.caption.textContent = `${statistics[name].hint}; by layer and module, one colour scale for all.${layout.experts.size > 0 ? ' Of experts the one with the largest value is shown.' : ''} Click or press Enter to see a tensor.`;
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
