import { neuronsByTensor, type PlacedNeurons, placedElsewhere } from '../checkpoint/architecture/projectionPlace.ts';
import type { CheckpointPair } from '../checkpoint/pair.ts';

/* Turns the reset set into rows and columns of tensors. */

/** Which parts of a tensor take the base's bits. */
export type TensorReset =
  | { readonly axis: 'row'; readonly rows: Uint32Array }
  | { readonly axis: 'column'; readonly columns: Uint32Array };

const columnProjections = /\.(o_proj|down_proj)$/;

/**
 * The reset set by tensor (eq. 5): columns of o_proj and down_proj weights; rows of the others' weights, with the
 * same entries of their biases; rows of a tensor that holds several projections are counted from its first, and neurons of
 * experts are those of one expert's tensors after the other's. Biases of o_proj and down_proj are fused, never reset.
 * @param resetSet selected neurons by projection (`model.layers.0.self_attn.q_proj`), ascending
 * @throws Error for a projection or a neuron that the model does not have, which is the caller's fault
 */
export function tensorResets(
  { sft }: Pick<CheckpointPair, 'sft'>,
  resetSet: ReadonlyMap<string, Uint32Array>,
): Map<string, TensorReset> {
  const resets = new Map<string, TensorReset>();
  const places = placedElsewhere(sft.architecture);
  const ownTensor = (module: string): PlacedNeurons => {
    const [rows = 0, columns = 0] = sft.tensors.get(`${module}.weight`)?.shape ?? [];
    const width = columnProjections.test(module) ? columns : rows;
    return { place: { module, first: 0, rows, whole: true }, from: 0, width };
  };
  for (const [projection, neurons] of resetSet) {
    const tensors = places.get(projection) ?? [ownTensor(projection)];
    const last = tensors.at(-1);
    const width = last === undefined ? 0 : last.from + last.width;
    if (neurons.some((neuron) => neuron >= width)) {
      throw new Error(`the reset set names neurons that ${projection} does not have`);
    }
    for (const { place, neurons: own } of neuronsByTensor(tensors, neurons)) {
      if (columnProjections.test(projection)) resets.set(`${place.module}.weight`, { axis: 'column', columns: own });
      else {
        const rows = own.map((neuron) => place.first + neuron);
        addRows(resets, `${place.module}.weight`, rows);
        if (sft.tensors.has(`${place.module}.bias`)) addRows(resets, `${place.module}.bias`, rows);
      }
    }
  }
  return resets;
}

/** Adds rows of one projection to those of others in the same tensor. */
function addRows(resets: Map<string, TensorReset>, tensor: string, rows: Uint32Array): void {
  const known = resets.get(tensor);
  const all = known?.axis === 'row' ? Uint32Array.from([...known.rows, ...rows]).sort() : rows;
  resets.set(tensor, { axis: 'row', rows: all });
}
