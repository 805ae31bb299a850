import { type GridPosition, movedInGrid } from '../../figures/gridPosition.ts';

/* How a row of many experts is broken into bands one under the other, as text is into lines. Pure. */

/** Narrowest cell with a number in it, and narrowest cell, pixels. */
const [numberWidth, leastWidth] = [27, 12];
const widest = 60;
/** Bands that may lie under each other before numbers are left out. */
const mostBands = 4;

export interface Bands {
  /** Columns of a band; the last may have fewer. */
  readonly columns: number;
  readonly bands: number;
  /** Of a cell, pixels. */
  readonly width: number;
  readonly height: number;
  /** There is room for a number in a cell. */
  readonly numbers: boolean;
}

/** The largest power of two whose cells are at least so wide. */
function columnsOf(room: number, least: number): number {
  return 2 ** Math.floor(Math.log2(Math.max(room / least, 4)));
}

/**
 * With numbers where that takes a few bands at most, else as small cells: 128 experts are to be seen at a glance.
 *
 * @param room for the cells of a band, pixels
 */
export function bandsOf(experts: number, room: number): Bands {
  const readable = Math.min(columnsOf(room, numberWidth), experts);
  const numbers = Math.ceil(experts / readable) <= mostBands;
  const columns = numbers ? readable : Math.min(columnsOf(room, leastWidth), experts);
  const width = Math.min(Math.max(Math.floor(room / columns), leastWidth), widest);
  return {
    columns,
    bands: Math.ceil(experts / columns),
    width,
    height: numbers ? 20 : Math.min(Math.max(width, 14), 18),
    numbers,
  };
}

/**
 * Where a key moves the focus among modules × experts, drawn in bands: as the eye does, from a band's last row down to the next
 * one's first, and from a band's end to the next one's start.
 */
export function movedInBands(
  from: GridPosition,
  event: { readonly key: string; readonly ctrlKey: boolean },
  rows: number,
  experts: number,
  columns: number,
): GridPosition | undefined {
  const band = Math.floor(from.column / columns);
  const at = { row: band * rows + from.row, column: from.column % columns };
  const bands = Math.ceil(experts / columns);
  const step = { PageUp: -rows, PageDown: rows }[event.key];
  const to = (row: number, column: number): GridPosition => ({
    row: row % rows,
    column: Math.min(Math.floor(row / rows) * columns + column, experts - 1),
  });
  if (event.key === 'ArrowLeft' || event.key === 'ArrowRight') return movedInGrid(from, event, rows, experts);
  if (step !== undefined) {
    const row = at.row + step;
    return row < 0 || row >= bands * rows ? from : to(row, at.column);
  }
  const moved = movedInGrid(at, event, bands * rows, columns);
  return moved && to(moved.row, moved.column);
}
