import type { ComparedTensor } from '../../src/comparison/comparisonRecord.ts';

/** The tensors as a grid: layers down, modules across; what belongs to no layer in a last row of its own. */
export interface MapLayout {
  readonly layers: number;
  /** Modules of the layers, in the model's order. */
  readonly modules: readonly string[];
  /** `[rows][columns]`, positions among the tensors. */
  readonly cells: readonly (readonly (number | undefined)[])[];
  /** Positions of the tensors in the last row: embeddings, final norm, head. Empty: there is no such row. */
  readonly others: readonly number[];
}

export function mapLayout(tensors: readonly ComparedTensor[]): MapLayout {
  const layers = tensors.reduce((most, { layer }) => Math.max(most, (layer ?? -1) + 1), 0);
  const modules = [...new Set(tensors.filter(({ layer }) => layer !== undefined).map(({ module }) => module))];
  const columns = new Map(modules.map((module, column) => [module, column]));
  const cells = Array.from({ length: layers }, () => Array<number | undefined>(modules.length).fill(undefined));
  const others: number[] = [];
  tensors.forEach(({ layer, module }, tensor) => {
    if (layer === undefined) others.push(tensor);
    else cells[layer]![columns.get(module)!] = tensor;
  });
  if (others.length > 0) {
    const width = Math.max(modules.length, others.length);
    cells.push(Array.from({ length: width }, (_, column) => others[column]));
  }
  return { layers, modules, cells, others };
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
