import { extent } from 'd3';
import type { MeasuredPoint } from '../../../src/record/sweep/sweepRecord.ts';
import { onCells } from '../../figures/cellEvents.ts';
import { csv } from '../../figures/csv.ts';
import { type Figure, figure } from '../../figures/figure.ts';
import { type GridPosition, movedInGrid } from '../../figures/gridPosition.ts';
import { legend } from '../../figures/legend.ts';
import { onResize, svg } from '../../page/dom.ts';
import { rhoText } from '../../page/format.ts';
import { currentTheme, sequential, textOn } from '../../page/theme.ts';
import { placeText } from '../jobProgress.ts';
import type { Page } from '../state/page.ts';
import type { State, SweepMeasureName } from '../state/state.ts';
import { setPlace } from './setPlace.ts';
import { meanOf, measureTitle, sweepMeasures } from './sweepMeasures.ts';
import type { PointKind, SweepSet } from './sweepSets.ts';

/* The heatmap of a sweep: a measure at every alpha and rho. A cell that is chosen sets both. */

const head = 22;
const labels = 46;
/** Room below for the title of the rho axis. */
const foot = 22;
const cellHeight = 32;
/** More cells would stop the page; a sweep of some hundred is large. */
const mostCells = 4000;

interface Cell {
  readonly alpha: number;
  readonly rho: number;
  readonly points: readonly MeasuredPoint[];
  readonly value: number | undefined;
}

const ascending = (values: Iterable<number>) => [...new Set(values)].sort((a, b) => a - b);

/** What is drawn. */
export interface MapContent {
  readonly set: SweepSet;
  readonly kind: PointKind;
  readonly measure: SweepMeasureName;
}

/** A heatmap of alpha and rho, with keys as in a grid. */
export function sweepMap(page: Page): {
  readonly figure: Figure;
  draw(state: State, content: MapContent): void;
} {
  const { model, store, tooltip } = page;
  let width = 0;
  let drawn = '';
  let content: MapContent | undefined;
  let [alphas, rhos]: [number[], number[]] = [[], []];
  let cells: Cell[] = [];
  let shapes: SVGGElement[] = [];
  let focus: GridPosition = { row: 0, column: 0 };
  const drawing = svg('svg', { class: 'sweep-map', role: 'grid' });
  const measure = () => sweepMeasures[content?.measure ?? 'targetEntropy'];
  const frame = figure(page, {
    name: 'sweep-map',
    title: 'Sweep',
    caption: 'A measure at every α and ρ. Click or press Enter to set both.',
    drawing: () => ({ svg: drawing }),
    csv: () =>
      csv(
        ['alpha', 'rho', 'points', measure().column],
        cells.map(({ alpha, rho, points, value }) => [alpha, rho, points.length, value]),
      ),
  });
  const key = legend('measure');
  frame.body.append(drawing);
  frame.controls.append(key.element);

  const at = ({ row, column }: GridPosition) => cells[row * rhos.length + column];
  const shapeAt = ({ row, column }: GridPosition) => shapes[row * rhos.length + column];
  const moveFocus = (position: GridPosition, take: boolean) => {
    shapeAt(focus)?.setAttribute('tabindex', '-1');
    focus = position;
    const shape = shapeAt(focus);
    shape?.setAttribute('tabindex', '0');
    if (take) shape?.focus();
  };
  const choose = (position: GridPosition) => {
    const cell = at(position);
    if (cell !== undefined && cell.points.length > 0) setPlace(page, cell);
  };
  onCells<GridPosition>(drawing, {
    placeOf: ({ dataset }) => ({ row: Number(dataset['row']), column: Number(dataset['column']) }),
    show(position) {
      const cell = at(position);
      const shape = shapeAt(position);
      if (cell === undefined || shape === undefined || content === undefined) return;
      const { points } = content.set.record;
      const rows = (Object.keys(sweepMeasures) as (keyof typeof sweepMeasures)[]).flatMap((name) => {
        const value = meanOf(sweepMeasures[name], cell.points);
        return value === undefined ? [] : [[measureTitle(name, points), sweepMeasures[name].text(value)] as const];
      });
      tooltip.show(shape, placeText(cell), rows.length === 0 ? [['', 'not measured']] : rows);
    },
    hide: () => tooltip.hide(),
    choose(position) {
      moveFocus(position, true);
      choose(position);
    },
    chooseFocused: () => choose(focus),
    key(event) {
      const moved = movedInGrid(focus, event, alphas.length, rhos.length);
      if (moved !== undefined) moveFocus(moved, true);
      return moved !== undefined;
    },
  });

  const collect = ({ set, kind }: MapContent) => {
    const points = set.record.points.filter(kind.has);
    alphas = ascending(points.map(({ alpha }) => alpha));
    rhos = ascending(points.map(({ rho }) => rho));
    if (alphas.length * rhos.length > mostCells) [alphas, rhos] = [[], []];
    const byPlace = new Map<string, MeasuredPoint[]>();
    for (const point of points) {
      const place = `${point.alpha} ${point.rho}`;
      byPlace.set(place, [...(byPlace.get(place) ?? []), point]);
    }
    cells = alphas.flatMap((alpha) =>
      rhos.map((rho) => {
        const own = byPlace.get(`${alpha} ${rho}`) ?? [];
        return { alpha, rho, points: own, value: meanOf(measure(), own) };
      }),
    );
  };
  const paint = () => {
    const theme = currentTheme();
    const { text } = measure();
    const title = measureTitle(content!.measure, content!.set.record.points);
    const [low = 0, high = 0] = extent(cells.flatMap(({ value }) => value ?? []));
    const colour = (value: number) => sequential(high === low ? 0.5 : (value - low) / (high - low), theme);
    key.draw((t) => sequential(t, theme), text(low), text(high));
    key.element.setAttribute('aria-label', `Colour scale: ${title}`);
    key.element.firstElementChild!.textContent = title;
    const cellWidth = Math.min(Math.max(Math.floor((width - labels) / Math.max(rhos.length, 1)), 34), 180);
    const bottom = head + alphas.length * cellHeight;
    drawing.setAttribute('width', String(labels + rhos.length * cellWidth));
    drawing.setAttribute('height', String(bottom + foot));
    drawing.setAttribute('aria-label', `${title} by alpha and rho, ${content!.kind.title}`);
    const had = drawing.contains(document.activeElement);
    const middle = { 'text-anchor': 'middle', 'dominant-baseline': 'central' };
    shapes = cells.map(({ alpha, rho, points, value }, i) => {
      const [row, column] = [Math.floor(i / rhos.length), i % rhos.length];
      const [x, y] = [labels + column * cellWidth, head + row * cellHeight];
      const rect = svg('rect', { x: x + 1, y: y + 1, width: cellWidth - 2, height: cellHeight - 2 });
      const label = svg('text', { x: x + cellWidth / 2, y: y + cellHeight / 2, ...middle });
      label.textContent = value === undefined ? '–' : text(value).replace(' %', '');
      rect.style.fill = value === undefined ? 'transparent' : colour(value);
      if (value !== undefined) label.style.fill = textOn(colour(value));
      const said = value === undefined ? 'not measured' : `${title} ${text(value)}`;
      const name = `${placeText({ alpha, rho })}: ${said}${points.length > 1 ? `, mean of ${points.length}` : ''}`;
      return svg(
        'g',
        { class: 'cell', role: 'gridcell', tabindex: -1, 'data-row': row, 'data-column': column, 'aria-label': name },
        rect,
        label,
      );
    });
    const heads = rhos.map((rho, column) =>
      svg(
        'text',
        { class: 'axis', role: 'columnheader', 'text-anchor': 'middle', x: labels + (column + 0.5) * cellWidth, y: 14 },
        rho === 0 ? 'fusion' : rhoText(rho),
      ),
    );
    const rows = alphas.map((alpha, row) =>
      svg(
        'g',
        { role: 'row' },
        svg(
          'text',
          {
            ...{ class: 'axis', role: 'rowheader', 'text-anchor': 'end', 'dominant-baseline': 'central' },
            ...{ x: labels - 8, y: head + (row + 0.5) * cellHeight },
          },
          `α ${alpha}`,
        ),
        ...shapes.slice(row * rhos.length, (row + 1) * rhos.length),
      ),
    );
    const under = svg(
      'text',
      { class: 'axis', x: labels, y: bottom + 16 },
      'columns: ρ, share of neurons that a target may select',
    );
    drawing.replaceChildren(svg('g', { role: 'row' }, ...heads), ...rows, under);
    frame.body.classList.toggle('scrolls', labels + rhos.length * cellWidth > width);
    if (focus.row >= alphas.length || focus.column >= rhos.length) focus = { row: 0, column: 0 };
    moveFocus(focus, had);
  };
  const mark = (state: State) => {
    const [rho, alpha] = [model.rho(state), model.alpha(state)];
    const { settings } = model.record;
    cells.forEach((cell, i) => {
      const selected = cell.rho === rho && cell.alpha === alpha;
      const own = cell.rho === settings.rho && cell.alpha === settings.alpha;
      shapes[i]!.classList.toggle('selected', selected);
      shapes[i]!.classList.toggle('own', own);
      shapes[i]!.setAttribute('aria-selected', String(selected));
    });
  };
  const draw = (state: State) => {
    if (content === undefined || width === 0) return;
    const { set, kind } = content;
    const theme = currentTheme();
    const values = set.record.points.filter(kind.has).map((point) => [point.alpha, point.rho, measure().of(point)]);
    const next = JSON.stringify([width, set.name, kind.id, content.measure, theme, values]);
    if (next !== drawn) {
      drawn = next;
      collect(content);
      paint();
    }
    mark(state);
  };
  onResize(frame.element, (next) => {
    width = next;
    draw(store.state);
  });
  return {
    figure: frame,
    draw(state, next) {
      content = next;
      draw(state);
    },
  };
}
