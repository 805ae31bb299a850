import { projections } from '../../../src/checkpoint/architecture/architecture.ts';
import type { ComparedTensor } from '../../../src/record/comparison/comparisonRecord.ts';

/** The tensors as a grid: layers down, modules across; what belongs to no layer in a last row of its own. */
export interface MapLayout {
  readonly layers: number;
  /** Modules of the layers: the seven projections, then biases and norms. */
  readonly modules: readonly string[];
  /** `[rows][columns]`, positions among the tensors: of experts, which share a cell, the first's. */
  readonly cells: readonly (readonly (number | undefined)[])[];
  /** Of each first expert's tensor, those of all. */
  readonly experts: ReadonlyMap<number, readonly number[]>;
  /** Positions of the tensors in the last row: embeddings, final norm, head. Empty: there is no such row. */
  readonly others: readonly number[];
}

export function mapLayout(tensors: readonly ComparedTensor[]): MapLayout {
  const layers = tensors.reduce((most, { layer }) => Math.max(most, (layer ?? -1) + 1), 0);
  const found = [...new Set(tensors.filter(({ layer }) => layer !== undefined).map(({ module }) => module))];
  const known = projections.filter((projection) => found.includes(projection));
  const modules = [...known, ...found.filter((module) => !projections.some((projection) => projection === module))];
  const columns = new Map(modules.map((module, column) => [module, column]));
  const cells = Array.from({ length: layers }, () => Array<number | undefined>(modules.length).fill(undefined));
  const others: number[] = [];
  const experts = new Map<number, number[]>();
  tensors.forEach(({ layer, module }, tensor) => {
    if (layer === undefined) others.push(tensor);
    else {
      const [row, column] = [cells[layer]!, columns.get(module)!];
      const first = row[column] ?? tensor;
      row[column] = first;
      if (first !== tensor) experts.set(first, [...(experts.get(first) ?? [first]), tensor]);
    }
  });
  if (others.length > 0) {
    // Their names stand above them: every second column leaves room.
    const width = Math.max(modules.length, 2 * others.length - 1);
    cells.push(Array.from({ length: width }, (_, column) => (column % 2 === 0 ? others[column / 2] : undefined)));
  }
  return { layers, modules, cells, experts, others };
}

/** A module's name where there is little room. */
export function shortModule(module: string): string {
  return module
    .replace('input_layernorm', 'in norm')
    .replace('post_attention_layernorm', 'post norm')
    .replace('embed_tokens', 'embed')
    .replace('lm_head', 'head')
    .replace('_proj', '')
    .replace('_norm', ' norm');
}
