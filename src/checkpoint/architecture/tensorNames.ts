import type { Projection } from './architecture.ts';
import type { ExpertNames } from './layerForm.ts';

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

/** `model.layers.{layer}.mlp.gate.weight`: what chooses a token's experts. */
export function routerName(layer: number, { block }: ExpertNames): string {
  return `${layerPrefix(layer)}${block}.gate.weight`;
}

/** `model.layers.{layer}.mlp.experts.{expert}.gate_proj`, without `.weight`. */
export function expertName(
  layer: number,
  expert: number,
  projection: keyof ExpertNames['projections'],
  { block, projections }: ExpertNames,
): string {
  return `${layerPrefix(layer)}${block}.experts.${expert}.${projections[projection]}`;
}

/** `model.layers.{layer}.mlp.experts.gate_up_proj`: all experts' as one tensor. */
export function stackedName(layer: number, tensor: 'gate_up_proj' | 'down_proj', { block }: ExpertNames): string {
  return `${layerPrefix(layer)}${block}.experts.${tensor}`;
}

/** @param norm of `NormPlaces` */
export function layerNormName(layer: number, norm: string): string {
  return `${layerPrefix(layer)}${norm}.weight`;
}

export function queryKeyNormName(layer: number, norm: 'q_norm' | 'k_norm'): string {
  return `${layerPrefix(layer)}self_attn.${norm}.weight`;
}
