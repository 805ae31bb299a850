import { ResetCurve } from '../../../src/method/resetRatio.ts';
import type { OpenRecord } from '../../../src/record/run/recordFile.ts';
import { bestRanks } from '../../../src/record/run/resetReport.ts';

/* What the inspector's heatmap is to show of a record. */

/** Neurons that a rho resets, by the names of the heatmap's cells. */
export function expectedCells({ layout, arrays }: OpenRecord, rho: number): Map<string, number> {
  const { modules, neurons } = new ResetCurve(layout, bestRanks(layout, arrays)).at(rho);
  const cells = new Map(modules.map(({ module, neurons: own }) => [`Layer ${module.layer} ${module.projection}`, own]));
  const add = (name: string, own: number) => cells.set(name, (cells.get(name) ?? 0) + own);
  for (const { module, neurons: own } of modules) {
    add(`Layer ${module.layer}, all modules`, own);
    add(`${module.projection}, all layers`, own);
  }
  return cells.set('Whole model', neurons);
}

/** Cells in an order that does not hang on how they were found. */
export const sorted = (cells: ReadonlyMap<string, number>) => [...cells].sort(([a], [b]) => a.localeCompare(b));
