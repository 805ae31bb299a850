import { expectedTensors } from '../checkpoint/architecture/expectedTensors.ts';
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import type { ComparedTensor } from '../record/comparison/comparisonRecord.ts';

/* Lists the tensors of a comparison, each with its layer and module. */

/** Layer and module that a tensor's name tells: `model.layers.3.self_attn.q_proj.weight` is `q_proj` of layer 3. */
export function tensorPlace(name: string): { readonly layer?: number; readonly module: string } {
  const inLayer = /^model\.layers\.(\d+)\.(?:self_attn\.|mlp\.)?(.+?)(?:\.weight)?$/.exec(name);
  if (inLayer !== null) return { layer: Number(inLayer[1]), module: inLayer[2]! };
  return { module: name.replace(/^model\./, '').replace(/\.weight$/, '') };
}

/**
 * The tensors of checkpoints of one model, in the order of the forward pass: embeddings, layer after layer, final norm,
 * head. A head that all of them tie to the embeddings is not one.
 */
export function comparedTensors(checkpoints: readonly Pick<Checkpoint, 'architecture'>[]): ComparedTensor[] {
  const tiedEmbeddings = checkpoints.every(({ architecture }) => architecture.tiedEmbeddings);
  const architecture = { ...checkpoints[0]!.architecture, tiedEmbeddings };
  return Array.from(expectedTensors(architecture), ([name, shape]) => ({
    name,
    shape: [...shape],
    elements: shape.reduce((product, size) => product * size, 1),
    ...tensorPlace(name),
  }));
}
