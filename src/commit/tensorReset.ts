import type { CheckpointPair } from '../checkpoint/pair.ts';

/* Turns the reset set into rows and columns of tensors. */

/** Which parts of a tensor take the base's bits. */
export type TensorReset =
  | { readonly axis: 'row'; readonly rows: Uint32Array }
  | { readonly axis: 'column'; readonly columns: Uint32Array };

const columnProjections = /\.(o_proj|down_proj)$/;

/**
 * The reset set by tensor (eq. 5): columns of o_proj and down_proj weights; rows of the others' weights, with the
 * same entries of their biases. Biases of o_proj and down_proj are fused, never reset.
 * @param resetSet selected neurons by projection (`model.layers.0.self_attn.q_proj`), ascending
 * @throws Error for a projection or a neuron that the model does not have, which is the caller's fault
 */
export function tensorResets(
  { sft }: Pick<CheckpointPair, 'sft'>,
  resetSet: ReadonlyMap<string, Uint32Array>,
): Map<string, TensorReset> {
  const resets = new Map<string, TensorReset>();
  for (const [projection, neurons] of resetSet) {
    const byColumn = columnProjections.test(projection);
    const width = sft.tensors.get(`${projection}.weight`)?.shape[byColumn ? 1 : 0] ?? 0;
    if (neurons.some((neuron) => neuron >= width)) {
      throw new Error(`the reset set names neurons that ${projection} does not have`);
    }
    if (neurons.length === 0) continue;
    if (byColumn) {
      resets.set(`${projection}.weight`, { axis: 'column', columns: neurons });
      continue;
    }
    resets.set(`${projection}.weight`, { axis: 'row', rows: neurons });
    if (sft.tensors.has(`${projection}.bias`)) resets.set(`${projection}.bias`, { axis: 'row', rows: neurons });
  }
  return resets;
}
