import { fusedPlaces } from '../checkpoint/architecture/projectionPlace.ts';
import type { CheckpointPair } from '../checkpoint/pair.ts';

/* Turns the reset set into rows and columns of tensors. */

/** Which parts of a tensor take the base's bits. */
export type TensorReset =
  | { readonly axis: 'row'; readonly rows: Uint32Array }
  | { readonly axis: 'column'; readonly columns: Uint32Array };

const columnProjections = /\.(o_proj|down_proj)$/;

/**
 * The reset set by tensor (eq. 5): columns of o_proj and down_proj weights; rows of the others' weights, with the
 * same entries of their biases; rows of a tensor that holds several projections are counted from its first. Biases of o_proj and down_proj are fused, never reset.
 * @param resetSet selected neurons by projection (`model.layers.0.self_attn.q_proj`), ascending
 * @throws Error for a projection or a neuron that the model does not have, which is the caller's fault
 */
export function tensorResets(
  { sft }: Pick<CheckpointPair, 'sft'>,
  resetSet: ReadonlyMap<string, Uint32Array>,
): Map<string, TensorReset> {
  const resets = new Map<string, TensorReset>();
  const places = fusedPlaces(sft.architecture);
  for (const [projection, neurons] of resetSet) {
    const { module, first, rows } = places.get(projection) ?? { module: projection, first: 0, rows: undefined };
    const byColumn = columnProjections.test(projection);
    const weight = `${module}.weight`;
    const [tensorRows, tensorColumns] = sft.tensors.get(weight)?.shape ?? [0, 0];
    const width = (byColumn ? tensorColumns : (rows ?? tensorRows)) ?? 0;
    if (neurons.some((neuron) => neuron >= width)) {
      throw new Error(`the reset set names neurons that ${projection} does not have`);
    }
    if (neurons.length === 0) continue;
    if (byColumn) {
      resets.set(weight, { axis: 'column', columns: neurons });
      continue;
    }
    const own = first === 0 ? neurons : neurons.map((neuron) => first + neuron);
    addRows(resets, weight, own);
    if (sft.tensors.has(`${module}.bias`)) addRows(resets, `${module}.bias`, own);
  }
  return resets;
}

/** Adds rows of one projection to those of others in the same tensor. */
function addRows(resets: Map<string, TensorReset>, tensor: string, rows: Uint32Array): void {
  const known = resets.get(tensor);
  const all = known?.axis === 'row' ? Uint32Array.from([...known.rows, ...rows]).sort() : rows;
  resets.set(tensor, { axis: 'row', rows: all });
}
