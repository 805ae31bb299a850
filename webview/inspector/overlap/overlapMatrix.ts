import { type Figure, figure } from '../../figures/figure.ts';
import { type GridPosition, movedInGrid } from '../../figures/gridPosition.ts';
import { legend } from '../../figures/legend.ts';
import { onResize, set, svg } from '../../page/dom.ts';
import { count, decimal } from '../../page/format.ts';
import { currentTheme, sequential } from '../../page/theme.ts';
import type { Page } from '../state/page.ts';
import type { State } from '../state/state.ts';
import { type Cells, cellsOf, type OverlapData, type Pair } from './overlapData.ts';
import { CellGrid, cellShapes, endsOf, roomIn } from './overlapPicture.ts';
import { captionOf, measureNames, overlapText, pairFacts, pairsCsv, sampleNumber } from './overlapText.ts';

/* The overlap of samples as a matrix: a row and a column for each, or for several beside each other where they are many. */

/** The samples' overlap as a grid that keys move in; a cell chooses its two samples. */
export function overlapMatrix(page: Page): { readonly figure: Figure; draw(state: State, data: OverlapData): void } {
  const { store, tooltip } = page;
  let width = 0;
  let data: OverlapData | undefined;
  let cells: Cells = { size: 0, step: 1, groups: [], values: new Float64Array() };
  let grid = new CellGrid(0, 0);
  let drawn: readonly unknown[] = [];
  let focus: GridPosition = { row: 0, column: 0 };
  const picture = svg('g', { 'aria-hidden': 'true' });
  const marks = svg('g', { 'aria-hidden': 'true' });
  const hover = svg('rect', { class: 'pointed', visibility: 'hidden' });
  const row = svg('g', { role: 'row' });
  const drawing = svg('svg', { class: 'overlap', role: 'grid' }, picture, marks, hover, row);
  const frame = figure(page, {
    name: 'sample-overlap',
    title: 'Overlap across samples',
    drawing: () => ({ svg: drawing }),
    csv: () => pairsCsv(data),
  });
  const key = legend(measureNames.jaccard);
  frame.controls.append(key.element);
  frame.body.append(drawing);

  const groupName = (places: readonly number[]) => {
    const numbers = places.slice(0, 3).map((place) => sampleNumber(data!, place));
    const more = places.length > numbers.length ? ' …' : '';
    return `${places.length === 1 ? 'sample' : 'samples'} ${numbers.join(', ')}${more}`;
  };
  const nameAt = ({ row: down, column }: GridPosition) => {
    const name = groupName(cells.groups[down]!);
    if (down === column) return cells.groups[down]!.length === 1 ? `${name} with itself` : `${name}, each other`;
    return `${name} and ${groupName(cells.groups[column]!)}`;
  };
  const valueAt = (at: GridPosition) => cells.values[at.row * cells.size + at.column]!;
  const pairAt = (at: GridPosition): Pair | undefined =>
    data?.mostAlike(cells.groups[at.row]!, cells.groups[at.column]!);
  const show = (at: GridPosition, about: Element) => {
    const pair = pairAt(at);
    const measure = store.state.overlapMeasure;
    if (pair === undefined) {
      tooltip.hide();
    } else if (cells.step === 1) {
      tooltip.show(about, nameAt(at), pairFacts(data!, pair));
    } else {
      const [a, b] = [sampleNumber(data!, pair.a), sampleNumber(data!, pair.b)];
      tooltip.show(about, nameAt(at), [
        [`mean ${measureNames[measure]}`, overlapText(measure, valueAt(at))],
        ['most alike', `samples ${a} and ${b}, ${decimal(pair.jaccard!)}`],
      ]);
    }
  };
  const choose = (at: GridPosition) => {
    const pair = pairAt(at);
    const { samples } = data!.overlap;
    if (pair !== undefined) store.set({ overlapPair: [samples[pair.a]!, samples[pair.b]!] });
  };
  /** One cell is there for keys and screen readers; it is made anew where the focus goes, so that it is read out. */
  const moveFocus = (at: GridPosition, take: boolean) => {
    focus = at;
    const measure = store.state.overlapMeasure;
    const value = valueAt(at);
    const said = Number.isNaN(value) ? '' : `: ${measureNames[measure]} ${overlapText(measure, value)}`;
    const attributes = { class: 'cell', role: 'gridcell', tabindex: 0, 'aria-label': `${nameAt(at)}${said}` };
    const one = svg('g', { ...attributes, 'aria-colindex': at.column + 1 }, svg('rect', grid.box(at)));
    set(row, { 'aria-rowindex': at.row + 1 });
    row.replaceChildren(one);
    if (take) one.focus();
  };
  const under = ({ clientX, clientY }: MouseEvent) => {
    const { left, top } = drawing.getBoundingClientRect();
    return grid.at(clientX - left, clientY - top);
  };
  const leave = () => {
    set(hover, { visibility: 'hidden' });
    tooltip.hide();
  };
  drawing.addEventListener('pointermove', (event) => {
    const at = under(event);
    if (at === undefined) return leave();
    set(hover, { ...grid.box(at), visibility: 'visible' });
    show(at, hover);
  });
  drawing.addEventListener('pointerleave', leave);
  drawing.addEventListener('click', (event) => {
    const at = under(event);
    if (at === undefined) return;
    moveFocus(at, true);
    choose(at);
  });
  drawing.addEventListener('focusin', () => show(focus, row.firstElementChild!));
  drawing.addEventListener('focusout', () => tooltip.hide());
  drawing.addEventListener('keydown', (event) => {
    const moved = movedInGrid(focus, event, cells.size, cells.size);
    if (moved !== undefined) moveFocus(moved, true);
    else if (event.key === 'Enter' || event.key === ' ') choose(focus);
    else return;
    event.preventDefault();
  });

  const paint = ({ overlapMeasure: measure, overlapOrder }: State, from: OverlapData) => {
    const theme = currentTheme();
    const room = roomIn(width);
    cells = cellsOf(from.values(measure), from.order(overlapOrder), room.rows);
    grid = new CellGrid(cells.size, room.side);
    const ends = endsOf(cells.values, measure === 'jaccard');
    key.draw((t) => sequential(t, theme), overlapText(measure, ends.low), overlapText(measure, ends.high));
    set(key.element, { 'aria-label': `Colour scale: ${measureNames[measure]}` });
    key.element.firstElementChild!.textContent = measureNames[measure];
    // Beside each other in the order of the file, several are called by the first; else no number says which they are.
    const named = cells.step === 1 || overlapOrder === 'file';
    const name = (group: readonly number[]) => (named ? String(sampleNumber(from, group[0]!)) : '');
    const text = (value: number) => overlapText(measure, value, 2);
    picture.replaceChildren(...cellShapes(cells, grid, theme, ends, name, text));
    set(drawing, {
      ...grid.extent,
      'aria-rowcount': cells.size,
      'aria-colcount': cells.size,
      'aria-label': `Overlap of ${count(from.count)} samples: ${measureNames[measure]}`,
    });
    frame.caption.textContent = captionOf(from, measure, cells.step);
    leave();
    const inside = Math.max(focus.row, focus.column) < cells.size;
    moveFocus(inside ? focus : { row: 0, column: 0 }, row.contains(document.activeElement));
  };
  const mark = ({ overlapPair }: State) => {
    const rows = (overlapPair ?? []).map((sample) => {
      const place = data!.overlap.samples.indexOf(sample);
      return cells.groups.findIndex((group) => group.includes(place));
    });
    const [a = -1, b = -1] = rows;
    const boxes = a < 0 || b < 0 ? [] : [grid.mark({ row: a, column: b }), grid.mark({ row: b, column: a })];
    marks.replaceChildren(...boxes.map((box) => svg('rect', { class: 'mark selected', ...box })));
  };
  const draw = (state: State) => {
    if (data === undefined || data.count === 0 || width === 0) return;
    const next = [width, data, state.overlapMeasure, state.overlapOrder, currentTheme()];
    if (next.some((value, i) => value !== drawn[i])) {
      drawn = next;
      paint(state, data);
    }
    mark(state);
  };
  onResize(frame.body, (next) => {
    width = next;
    draw(store.state);
  });
  return {
    figure: frame,
    draw(state, from) {
      data = from;
      draw(state);
    },
  };
}
