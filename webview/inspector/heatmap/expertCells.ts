import { type Projection, projections } from '../../../src/checkpoint/architecture/architecture.ts';
import { expertResets } from '../../../src/method/expertResets.ts';
import type { NeuronLayout, NeuronModule } from '../../../src/method/neuronLayout.ts';
import type { GridPosition } from '../../figures/gridPosition.ts';
import type { Tally } from './heatCells.ts';

/* What each cell of the map of experts stands for: a module of an expert, or all of an expert's. Pure. */

export interface ExpertCell extends Tally, GridPosition {
  readonly expert: number;
  /** Undefined: all that the expert has. */
  readonly projection: Projection | undefined;
}

/** A layer of more experts stays folded: no model has as many, and a page has no room for them. */
const mostUnfolded = 1024;

/**
 * The modules of a layer whose neurons are its experts', where a cell of the heatmap stands for them: one of these modules, or
 * the whole layer.
 *
 * @returns undefined where nothing unfolds
 */
export function mixtureAt(
  { modules }: NeuronLayout,
  { layer, projection }: { readonly layer: number | undefined; readonly projection: Projection | undefined },
): readonly NeuronModule[] | undefined {
  if (layer === undefined) return undefined;
  const own = modules
    .slice(layer * projections.length, (layer + 1) * projections.length)
    .filter(({ experts }) => experts !== undefined && experts <= mostUnfolded);
  const there = projection === undefined ? own.length > 0 : own.some((module) => module.projection === projection);
  return there ? own : undefined;
}

/** Cells row by row: modules × experts, then the experts' totals. */
export function expertCellsOf(mixture: readonly NeuronModule[], bestRank: Int32Array, budget: number): ExpertCell[] {
  const cells: ExpertCell[] = [];
  const experts = mixture[0]?.experts ?? 0;
  const totals = Array.from({ length: experts }, () => ({ reset: 0, width: 0 }));
  for (const [row, module] of mixture.entries()) {
    const width = module.width / experts;
    expertResets(module, bestRank, budget).forEach((reset, expert) => {
      cells.push({ row, column: expert, expert, projection: module.projection, reset, width });
      totals[expert]!.reset += reset;
      totals[expert]!.width += width;
    });
  }
  for (const [expert, total] of totals.entries()) {
    cells.push({ row: mixture.length, column: expert, expert, projection: undefined, ...total });
  }
  return cells;
}

export function expertName({ expert, projection }: Pick<ExpertCell, 'expert' | 'projection'>): string {
  return `Expert ${expert}${projection === undefined ? ', all modules' : ` ${projection}`}`;
}

/** "Reset neurons are in 12 of 64 experts, most in expert 3: 4.17 % of its own." for a caption. @param shown a ratio as text */
export function summaryOf(cells: readonly ExpertCell[], shown: (ratio: number) => string): string {
  const totals = cells.filter(({ projection }) => projection === undefined);
  const reached = totals.filter(({ reset }) => reset > 0);
  const most = reached.reduce<ExpertCell | undefined>(
    (best, cell) => (best === undefined || cell.reset > best.reset ? cell : best),
    undefined,
  );
  if (most === undefined) return `None of the ${totals.length} experts has a reset neuron.`;
  const of = reached.length === totals.length ? `all ${totals.length}` : `${reached.length} of ${totals.length}`;
  return `Reset neurons are in ${of} experts, most in expert ${most.expert}: ${shown(most.reset / most.width)} of its own.`;
}
