import { maxMapSize } from './tensorDifference.ts';

/* The grid of a map of change: which rows and columns of a tensor each of its cells covers. */

/** Cells along one axis of a map. */
export function mapCells(size: number): number {
  return Math.min(maxMapSize, size);
}

/** `[cells + 1]`: cell i covers `[edges[i], edges[i + 1])` of an axis of `size`, `floor(i · size / cells)` on. */
export function mapEdges(size: number): Uint32Array {
  const cells = mapCells(size);
  return Uint32Array.from({ length: cells + 1 }, (_, i) => (cells === 0 ? 0 : Math.floor((i * size) / cells)));
}

/** The cell that covers a position. */
export function mapCell(position: number, size: number): number {
  return Math.ceil(((position + 1) * mapCells(size)) / size) - 1;
}
