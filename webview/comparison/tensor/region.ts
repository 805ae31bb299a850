import { maxWindowSide } from '../../../src/record/comparison/tensors/windowSide.ts';
import type { Region } from '../state/state.ts';

/* The part of a tensor that is looked at: how zooming and moving change it. */

export function wholeRegion(rows: number, columns: number): Region {
  return { rowStart: 0, rowEnd: rows, columnStart: 0, columnEnd: columns };
}

export const rowsOf = ({ rowStart, rowEnd }: Region) => rowEnd - rowStart;
export const columnsOf = ({ columnStart, columnEnd }: Region) => columnEnd - columnStart;

function span(center: number, at: number, length: number, size: number): [number, number] {
  const wanted = Math.min(Math.max(Math.round(length), 1), size);
  const start = Math.min(Math.max(Math.round(center - at * wanted), 0), size - wanted);
  return [start, start + wanted];
}

/**
 * The region after zooming by a factor about a point that stays where it is.
 *
 * @param at the fixed point as shares of the region's height and width, 0…1
 * @param factor above 1 zooms in
 */
export function zoomed(
  region: Region,
  factor: number,
  at: { readonly row: number; readonly column: number },
  rows: number,
  columns: number,
): Region {
  const row = region.rowStart + at.row * rowsOf(region);
  const column = region.columnStart + at.column * columnsOf(region);
  // A few elements shrink by at least one, so that zooming never gets stuck.
  const scaled = (length: number) =>
    factor > 1 ? Math.min(length / factor, length - 1) : Math.max(length / factor, length + 1);
  const [rowStart, rowEnd] = span(row, at.row, scaled(rowsOf(region)), rows);
  const [columnStart, columnEnd] = span(column, at.column, scaled(columnsOf(region)), columns);
  return { rowStart, rowEnd, columnStart, columnEnd };
}

/** The region moved by elements, kept inside the tensor. */
export function panned(region: Region, down: number, right: number, rows: number, columns: number): Region {
  const [height, width] = [rowsOf(region), columnsOf(region)];
  const rowStart = Math.min(Math.max(Math.round(region.rowStart + down), 0), rows - height);
  const columnStart = Math.min(Math.max(Math.round(region.columnStart + right), 0), columns - width);
  return { rowStart, rowEnd: rowStart + height, columnStart, columnEnd: columnStart + width };
}

/** A region around an element, small enough to read its neighbours' values. */
export function around(at: readonly number[], rows: number, columns: number, size: number): Region {
  const [row, column] = at.length > 1 ? [at[0]!, at[1]!] : [0, at[0]!];
  const [rowStart, rowEnd] = span(row + 0.5, 0.5, size, rows);
  const [columnStart, columnEnd] = span(column + 0.5, 0.5, size, columns);
  return { rowStart, rowEnd, columnStart, columnEnd };
}

/** Whether the region's elements can be read from the files in one request. */
export function readable(region: Region): boolean {
  return rowsOf(region) <= maxWindowSide && columnsOf(region) <= maxWindowSide;
}

/** The largest value in each of `bins` equal parts of `values[start, end)`. */
export function binned(values: Float32Array, start: number, end: number, bins: number): Float32Array {
  const count = Math.max(Math.min(bins, end - start), 1);
  const found = new Float32Array(count);
  for (let bin = 0; bin < count; bin++) {
    const from = start + Math.floor((bin * (end - start)) / count);
    const to = start + Math.floor(((bin + 1) * (end - start)) / count);
    for (let i = from; i < to; i++) if (values[i]! > found[bin]!) found[bin] = values[i]!;
  }
  return found;
}
