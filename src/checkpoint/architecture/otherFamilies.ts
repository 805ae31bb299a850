import { isJsonObject, type JsonObject } from '../../files/reading/strictJson.ts';

/* Model families that are left out, each with the reason: docs/families.md says what a neuron might be in them. */

const stateSpace = 'its layers of state space (Mamba) have no neurons that the method defines';
const linearAttention = 'its layers of linear attention have no neurons that the method defines';

/** By `model_type`. */
export const otherFamilies: Readonly<Record<string, string>> = {
  qwen3_next: linearAttention,
  qwen3_5: linearAttention,
  qwen3_5_text: linearAttention,
  qwen3_5_moe: linearAttention,
  qwen3_5_moe_text: linearAttention,
  kimi_linear: linearAttention,
  minimax: linearAttention,
  nemotron_h: stateSpace,
  granitemoehybrid: stateSpace,
  jamba: stateSpace,
  bamba: stateSpace,
  falcon_h1: stateSpace,
  falcon_mamba: stateSpace,
  mamba: stateSpace,
  mamba2: stateSpace,
  zamba2: stateSpace,
  lfm2: 'its layers of short convolutions have no neurons that the method defines',
  gpt_oss: 'its experts are stored in four bits (MXFP4), and a fused weight would not be one of those values',
  gemma3n: 'parts of its embeddings and layers are not those that the method defines',
};

/**
 * Why a model that is no supported family is left out; undefined where nothing tells.
 * @param modelType untrusted
 */
export function reasonAgainst(modelType: unknown, config: JsonObject): string | undefined {
  if (typeof modelType === 'string' && Object.hasOwn(otherFamilies, modelType)) return otherFamilies[modelType];
  const experts = ['num_experts', 'num_local_experts', 'n_routed_experts'].some((field) =>
    Object.hasOwn(config, field),
  );
  if (experts) return 'its experts, or the way they are chosen, are other than those of the supported families';
  const { auto_map: autoMap } = config;
  if (isJsonObject(autoMap)) return 'it runs on code of its own, which "auto_map" names and which is never run here';
  return undefined;
}
