import { svg } from '../../page/dom.ts';
import { score } from '../../page/format.ts';
import { textOn } from '../../page/theme.ts';
import { fitting } from './fittingNumber.ts';

/* Draws the cells of a map of change, and the heads of its rows and columns. */

/** Narrower columns have slanted heads. */
const levelHead = 54;

/** Where cells lie in a map, in pixels. */
export interface CellGrid {
  readonly width: number;
  readonly height: number;
  x(column: number): number;
  y(row: number): number;
}

/** What a cell shows. */
export interface ChangeCell {
  readonly row: number;
  readonly column: number;
  /** Undefined where the statistic is. */
  readonly value: number | undefined;
  /** Its colour, `none` where the value is undefined. */
  readonly colour: string;
  readonly selected: boolean;
  /** What is read out before the number. */
  readonly label: string;
  readonly data: Readonly<Record<`data-${string}`, number>>;
}

/** One tensor in one pair: a coloured cell with its number where there is room. */
export function changeCell(grid: CellGrid, cell: ChangeCell): SVGGElement {
  const { row, column, value, colour, selected, label, data } = cell;
  const rect = svg('rect', {
    x: grid.x(column) + 0.5,
    y: grid.y(row) + 0.5,
    width: grid.width - 1,
    height: grid.height - 1,
  });
  rect.style.fill = colour;
  if (value === undefined) rect.setAttribute('stroke-dasharray', '2 2');
  const text = value === undefined ? '–' : score(value);
  const short = value === undefined ? '–' : fitting(value, grid.width);
  const number =
    short === undefined
      ? undefined
      : svg(
          'text',
          {
            x: grid.x(column) + grid.width / 2,
            y: grid.y(row) + grid.height / 2 + 0.5,
            'text-anchor': 'middle',
            'dominant-baseline': 'central',
          },
          short,
        );
  if (number !== undefined && value !== undefined) number.style.fill = textOn(colour);
  return svg(
    'g',
    {
      class: `cell${selected ? ' selected' : ''}${value === undefined ? ' undefined' : ''}`,
      role: 'gridcell',
      tabindex: -1,
      ...data,
      'aria-label': `${label} ${text}`,
    },
    rect,
    number,
  );
}

/** A column's name over it, slanted where columns are narrow. @param bottom of the heads */
export function columnHead(grid: CellGrid, column: number, bottom: number, text: string): SVGTextElement {
  const middle = grid.x(column) + grid.width / 2;
  return svg(
    'text',
    {
      class: 'axis',
      role: 'columnheader',
      ...(grid.width < levelHead
        ? { transform: `translate(${middle + 3},${bottom}) rotate(-50)` }
        : { x: middle, y: bottom, 'text-anchor': 'middle' }),
    },
    text,
  );
}

/** A row's number before it. */
export function rowHead(grid: CellGrid, row: number, right: number): SVGTextElement {
  return svg(
    'text',
    {
      class: 'axis',
      role: 'rowheader',
      x: right,
      y: grid.y(row) + grid.height / 2,
      'text-anchor': 'end',
      'dominant-baseline': 'central',
    },
    String(row),
  );
}

/** A text in so many characters, at least three. */
export function cut(text: string, most: number): string {
  const limit = Math.max(Math.floor(most), 3);
  return text.length > limit ? `${text.slice(0, limit - 1)}…` : text;
}
