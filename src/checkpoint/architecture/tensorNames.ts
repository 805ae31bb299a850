import type { Projection } from './architecture.ts';

/** Tensor names of the Llama layout, which every supported family shares. */
export const embeddingName = 'model.embed_tokens.weight';
export const finalNormName = 'model.norm.weight';
export const headName = 'lm_head.weight';
export const headBiasName = 'lm_head.bias';

const attention = new Set<Projection>(['q_proj', 'k_proj', 'v_proj', 'o_proj']);

/** What the names of a decoder layer's tensors begin with: `model.layers.{layer}.` */
export function layerPrefix(layer: number): string {
  return `model.layers.${layer}.`;
}

/** `model.layers.{layer}.self_attn.q_proj`, without `.weight` or `.bias`. */
export function projectionName(layer: number, projection: Projection): string {
  return `${layerPrefix(layer)}${attention.has(projection) ? 'self_attn' : 'mlp'}.${projection}`;
}

/** @param norm of `NormPlaces` */
export function layerNormName(layer: number, norm: string): string {
  return `${layerPrefix(layer)}${norm}.weight`;
}

export function queryKeyNormName(layer: number, norm: 'q_norm' | 'k_norm'): string {
  return `${layerPrefix(layer)}self_attn.${norm}.weight`;
}
