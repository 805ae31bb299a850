import { expectedTensors } from '../checkpoint/architecture/expectedTensors.ts';
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import type { ComparedTensor, UnsharedTensor } from '../record/comparison/comparisonRecord.ts';
import type { TensorMatch } from './checkpoints/tensorMatch.ts';

/* Lists the tensors of a comparison, and those that are left out of it, each with its layer and module. */

/**
 * Layer and module that a tensor's name tells: `model.layers.3.self_attn.q_proj.weight` is `q_proj` of layer 3; tensors of
 * experts are of one module, `experts.gate_proj`.
 */
export function tensorPlace(name: string): { readonly layer?: number; readonly module: string } {
  const inLayer = /^model\.layers\.(\d+)\.(?:self_attn\.|mlp\.)?(.+?)(?:\.weight)?$/.exec(name);
  if (inLayer !== null) {
    return { layer: Number(inLayer[1]), module: inLayer[2]!.replace(/(^|\.)experts\.\d+\./, '$1experts.') };
  }
  return { module: name.replace(/^model\./, '').replace(/\.weight$/, '') };
}

/**
 * The tensors that checkpoints share, in the order of the forward pass: embeddings, layer after layer, final norm, head. A head
 * that all of them tie to the embeddings is not one.
 */
export function comparedTensors(
  checkpoints: readonly Pick<Checkpoint, 'architecture'>[],
  { shared }: TensorMatch,
): ComparedTensor[] {
  const shapes = new Map(shared.map(({ name, shape }) => [name, shape]));
  const dtypes = new Map(shared.map(({ name, places }) => [name, places.map(({ dtype }) => dtype)]));
  const tiedEmbeddings = checkpoints.every(({ architecture }) => architecture.tiedEmbeddings);
  const tensors: ComparedTensor[] = [];
  for (const [name] of expectedTensors({ ...checkpoints[0]!.architecture, tiedEmbeddings })) {
    const shape = shapes.get(name);
    if (shape === undefined) continue;
    const elements = shape.reduce((product, size) => product * size, 1);
    tensors.push({ name, shape: [...shape], elements, ...tensorPlace(name), dtypes: [...dtypes.get(name)!] });
  }
  return tensors;
}

/** The tensors that not all checkpoints have, or not whole, layer by layer. */
export function unsharedTensors(
  checkpoints: readonly Pick<Checkpoint, 'architecture'>[],
  { unshared }: TensorMatch,
): UnsharedTensor[] {
  const order = new Map<string, number>();
  // The deepest first, so that its further layers come before the head.
  const deepest = checkpoints.map(({ architecture }) => architecture).sort((a, b) => b.layers - a.layers);
  for (const architecture of deepest) {
    for (const [name] of expectedTensors({ ...architecture, tiedEmbeddings: false })) {
      if (!order.has(name)) order.set(name, order.size);
    }
  }
  const at = (name: string) => order.get(name) ?? order.size;
  return [...unshared]
    .sort((a, b) => at(a.name) - at(b.name))
    .map(({ name, shapes, rows }) => ({
      name,
      ...tensorPlace(name),
      shapes: shapes.map((shape) => shape && [...shape]),
      ...(rows === undefined ? {} : { rows }),
    }));
}
