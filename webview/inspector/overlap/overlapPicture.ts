import { extent } from 'd3';
import type { GridPosition } from '../../figures/gridPosition.ts';
import { svg } from '../../page/dom.ts';
import { sequential, type Theme, textOn } from '../../page/theme.ts';
import type { Cells } from './overlapData.ts';

/* Draws the cells of the samples' overlap, and what stands beside them. */

const left = 46;
const top = 34;
/** Largest side of the whole, and of a cell; the least side of a cell. Pixels. */
const [widest, largestCell, leastCell] = [620, 72, 4];
/** Least side of a cell whose number is written into it, and that is set apart from its neighbours. */
const [numberRoom, gapRoom] = [34, 10];
/** Least side of the mark around a chosen cell. */
const leastMark = 10;
/** Colours told apart. A path for each draws as many cells as there are, where elements for each would take seconds. */
const shades = 64;

/** Room for cells in a page of a width, pixels. */
export function roomIn(width: number): { readonly side: number; readonly rows: number } {
  const side = Math.min(Math.max(width - left - 2, 120), widest);
  return { side, rows: Math.floor(side / leastCell) };
}

/** Where cells lie in the drawing, pixels. */
export class CellGrid {
  readonly size: number;
  readonly cell: number;

  constructor(size: number, side: number) {
    this.size = size;
    this.cell = Math.min(Math.floor(side / Math.max(size, 1)), largestCell);
  }

  get extent(): { readonly width: number; readonly height: number } {
    return { width: left + this.size * this.cell + 2, height: top + this.size * this.cell + 2 };
  }

  box({ row, column }: GridPosition) {
    return { x: left + column * this.cell, y: top + row * this.cell, width: this.cell, height: this.cell };
  }

  /** Around a cell, and large enough to be seen. */
  mark(at: GridPosition) {
    const { x, y, width } = this.box(at);
    const more = Math.max(leastMark - width, 0) / 2;
    return { x: x - more, y: y - more, width: width + 2 * more, height: width + 2 * more };
  }

  /** The cell at a point of the drawing. */
  at(x: number, y: number): GridPosition | undefined {
    const [row, column] = [Math.floor((y - top) / this.cell), Math.floor((x - left) / this.cell)];
    return Math.min(row, column) < 0 || Math.max(row, column) >= this.size ? undefined : { row, column };
  }
}

/** Ends of the colours for cells. @param fromZero the low end is 0, else at most 0 */
export function endsOf(values: Float64Array, fromZero: boolean): { readonly low: number; readonly high: number } {
  const [least = 0, most = 0] = extent(values.filter((value) => !Number.isNaN(value)));
  const low = fromZero ? 0 : Math.min(least, 0);
  return { low, high: most > low ? most : low + 1 };
}

/**
 * The cells, their numbers where there is room, and what rows and columns are called.
 *
 * @param name of a row and column
 * @param text of a value in a cell
 */
export function cellShapes(
  { values, groups }: Cells,
  grid: CellGrid,
  theme: Theme,
  { low, high }: { readonly low: number; readonly high: number },
  name: (group: readonly number[]) => string,
  text: (value: number) => string,
): SVGElement[] {
  const { size, cell } = grid;
  const drawn = cell > gapRoom ? cell - 1 : cell;
  const paths = new Map<string, string>();
  const numbers: SVGElement[] = [];
  let nothing = '';
  values.forEach((value, at) => {
    const { x, y } = grid.box({ row: Math.floor(at / size), column: at % size });
    const square = `M${x},${y}h${drawn}v${drawn}h${-drawn}z`;
    if (Number.isNaN(value)) {
      nothing += square;
      return;
    }
    const fill = sequential(Math.round(((value - low) / (high - low)) * (shades - 1)) / (shades - 1), theme);
    paths.set(fill, (paths.get(fill) ?? '') + square);
    if (cell < numberRoom) return;
    const middle = { 'text-anchor': 'middle', 'dominant-baseline': 'central' };
    const number = svg('text', { x: x + drawn / 2, y: y + drawn / 2, ...middle }, text(value));
    number.style.fill = textOn(fill);
    numbers.push(number);
  });
  const coloured = [...paths].map(([fill, d]) => {
    const path = svg('path', { d });
    path.style.fill = fill;
    return path;
  });
  const [everyRow, everyColumn] = [Math.ceil(15 / cell), Math.ceil(34 / cell)];
  const names = groups.flatMap((group, i) => {
    const [x, y] = [left + i * cell + drawn / 2, top + i * cell + drawn / 2];
    const beside = { class: 'axis', x: left - 6, y, 'text-anchor': 'end', 'dominant-baseline': 'central' };
    const above = { class: 'axis', x, y: top - 6, 'text-anchor': 'middle' };
    return [
      ...(i % everyRow === 0 ? [svg('text', beside, name(group))] : []),
      ...(i % everyColumn === 0 ? [svg('text', above, name(group))] : []),
    ];
  });
  return [
    svg('text', { class: 'axis', x: left, y: 12 }, 'sample'),
    ...names,
    svg('path', { class: 'self', d: nothing }),
    ...coloured,
    ...numbers,
  ];
}
