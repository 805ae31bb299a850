import { type Projection, projections } from '../../../src/checkpoint/architecture/architecture.ts';
import type { EffectiveReset } from '../../../src/method/resetRatio.ts';
import type { GridPosition } from '../../figures/gridPosition.ts';

/* What each cell of the reset heatmap stands for: a module of a layer, or a row's or column's total. Pure. */

/** How many neurons are reset, of how many there are. */
export interface Tally {
  readonly reset: number;
  readonly width: number;
}

export interface Cell extends Tally, GridPosition {
  readonly layer: number | undefined;
  readonly projection: Projection | undefined;
}

export const totalColumn = projections.length;

/** Cells row by row: layers × modules, then the totals' column and row. */
export function cellsOf(layers: number, reset: EffectiveReset): Cell[] {
  const tally = (of: EffectiveReset['modules']): Tally => ({
    reset: of.reduce((sum, { neurons }) => sum + neurons, 0),
    width: of.reduce((sum, { module }) => sum + module.width, 0),
  });
  const cells: Cell[] = [];
  for (let row = 0; row <= layers; row++) {
    const layer = row < layers ? row : undefined;
    const own = layer === undefined ? reset.modules : reset.modules.slice(row * totalColumn, (row + 1) * totalColumn);
    projections.forEach((projection, column) => {
      const modules = layer === undefined ? own.filter((_, i) => i % totalColumn === column) : [own[column]!];
      cells.push({ row, column, layer, projection, ...tally(modules) });
    });
    cells.push({ row, column: totalColumn, layer, projection: undefined, ...tally(own) });
  }
  return cells;
}

export function nameOf({ layer, projection }: Pick<Cell, 'layer' | 'projection'>): string {
  if (layer === undefined) return projection === undefined ? 'Whole model' : `${projection}, all layers`;
  return projection === undefined ? `Layer ${layer}, all modules` : `Layer ${layer} ${projection}`;
}
