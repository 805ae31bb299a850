import type { ComparedTensor } from '../../../src/record/comparison/comparisonRecord.ts';
import { svg } from '../../page/dom.ts';
import { type CellGrid, columnHead, cut, rowHead } from './changeCells.ts';
import { type MapLayout, shortModule } from './mapLayout.ts';

/* Draws one map of the small multiples: a pair's tensors by layer and module. Where things lie is decided once for all maps. */

const gap = 28;
const labels = 34;
const titleHeight = 22;
const headHeight = 46;
const otherGap = 18;
/** Slanted heads reach beyond the last column. */
const overhang = 24;
const leastCell = 22;
const mostCell = 72;

/** Where maps lie beside and below each other, and cells within each; pixels. */
export interface MapGeometry {
  readonly grid: CellGrid;
  readonly mapWidth: number;
  readonly width: number;
  readonly height: number;
  readonly place: (map: number) => { readonly left: number; readonly top: number };
}

/** As many maps side by side as keep cells of a readable width. */
export function mapGeometry(layout: MapLayout, maps: number, width: number): MapGeometry {
  const rows = layout.cells.length;
  const columns = Math.max(...layout.cells.map((cells) => cells.length), 1);
  const least = labels + columns * leastCell + overhang;
  const across = Math.max(1, Math.min(maps, Math.floor((width + gap) / (least + gap))));
  const down = Math.ceil(maps / across);
  const room = (width - (across - 1) * gap) / across - labels - overhang;
  const cellWidth = Math.max(Math.min(Math.floor(room / columns), mostCell), 12);
  const cellHeight = Math.max(14, Math.min(32, Math.floor(560 / rows)));
  const mapWidth = labels + columns * cellWidth + overhang;
  const lastRow = layout.others.length > 0 ? otherGap : 0;
  const mapHeight = titleHeight + headHeight + rows * cellHeight + lastRow;
  return {
    grid: {
      width: cellWidth,
      height: cellHeight,
      x: (column) => labels + column * cellWidth,
      y: (row) => titleHeight + headHeight + row * cellHeight + (row === layout.layers ? lastRow : 0),
    },
    mapWidth,
    width: across * mapWidth + (across - 1) * gap,
    height: down * mapHeight + (down - 1) * gap,
    place: (map) => ({ left: (map % across) * (mapWidth + gap), top: Math.floor(map / across) * (mapHeight + gap) }),
  };
}

/** What a map is of. Names are untrusted. */
export interface MapContent {
  readonly layout: MapLayout;
  readonly tensors: readonly ComparedTensor[];
  /** Title of the statistic. */
  readonly title: string;
  readonly checkpoint: string;
  readonly reference: string;
  cell(row: number, column: number, tensor: number): SVGGElement;
}

/** One map with its title and heads, as an ARIA grid. */
export function mapDrawing({ grid, mapWidth, place }: MapGeometry, map: number, content: MapContent): SVGGElement {
  const { layout, tensors, title, checkpoint, reference, cell } = content;
  const { left, top } = place(map);
  const otherHead = (row: number, column: number, tensor: number) =>
    svg(
      'text',
      { class: 'axis other', x: grid.x(column) + 1, y: grid.y(row) - 4 },
      cut(shortModule(tensors[tensor]!.module), grid.width / 3),
    );
  return svg(
    'g',
    {
      role: 'grid',
      'aria-label': `${title}, ${checkpoint} against ${reference}`,
      'aria-rowcount': layout.cells.length,
      'aria-colcount': Math.max(...layout.cells.map((cells) => cells.length), 1),
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
    ...layout.cells.map((cells, row) =>
      svg(
        'g',
        { role: 'row' },
        row < layout.layers && rowHead(grid, row, labels - 6),
        ...cells.flatMap((tensor, column) =>
          tensor === undefined
            ? []
            : [cell(row, column, tensor), row === layout.layers && otherHead(row, column, tensor)],
        ),
      ),
    ),
  );
}
