import { families } from '../../../../src/checkpoint/architecture/families.ts';
import { otherFamilies } from '../../../../src/checkpoint/architecture/otherFamilies.ts';
import { openCheckpoint } from '../../../../src/checkpoint/openCheckpoint.ts';
import { tinyConfig, writeTiny } from '../tinyCheckpoint.ts';
import type { BadInput } from './row.ts';

function text(what: string, config: string, message: string): BadInput {
  const read = async (folder: string) => openCheckpoint(await writeTiny(folder, { files: { 'config.json': config } }));
  return { what, read, message };
}

/** {@link tinyConfig} with fields replaced or, where undefined, removed. */
function config(what: string, fields: Readonly<Record<string, unknown>>, message: string): BadInput {
  return text(what, JSON.stringify({ ...tinyConfig, ...fields }), message);
}

const supported = `supported are ${Object.keys(families).join(', ')}.`;
const yarn = { rope_type: 'yarn', factor: 4 };
const llama3 = { rope_type: 'llama3', factor: 8, low_freq_factor: 1, high_freq_factor: 4 };

/** Configurations that are malformed, contradict themselves or ask for what is not supported. */
export const badConfigs: readonly BadInput[] = [
  text('no JSON', '{"model_type": "llama",', '"DIR/config.json" is not valid JSON; download or copy it again.'),
  text(
    'no JSON on a line',
    '{\n  "model_type": "llama",\n  "hidden_size": NaN\n}\n',
    '"DIR/config.json" is not valid JSON (line 3); download or copy it again.',
  ),
  text('a list', '[]', '"DIR/config.json" is not a JSON object.'),
  text(
    'a field given twice',
    '{"hidden_size": 1, "hidden_size": 2}',
    '"DIR/config.json" is refused: it uses the name "hidden_size" twice in one object.',
  ),
  text(
    '__proto__',
    '{"__proto__": {"model_type": "llama"}}',
    '"DIR/config.json" is refused: it uses the name "__proto__".',
  ),
  text(
    'deep nesting',
    `{"a":${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}}`,
    '"DIR/config.json" is refused: its JSON nests deeper than 64 levels.',
  ),
  config('no model_type', { model_type: undefined }, `"DIR/config.json" lacks "model_type"; ${supported}`),
  config(
    'another family',
    { model_type: 'gpt2' },
    `"DIR/config.json": "model_type" "gpt2" is not supported; ${supported}`,
  ),
  config(
    'a family named like an object member',
    { model_type: 'toString' },
    `"DIR/config.json": "model_type" "toString" is not supported; ${supported}`,
  ),
  ...Object.entries(otherFamilies).map(([modelType, reason]) =>
    config(
      `the family ${modelType}, left out with its reason`,
      { model_type: modelType },
      `"DIR/config.json": "model_type" "${modelType}" (${reason}) is not supported; ${supported}`,
    ),
  ),
  config(
    'a family that brings code of its own',
    { model_type: 'exaone', auto_map: { AutoModelForCausalLM: 'modeling.Model' } },
    `"DIR/config.json": "model_type" "exaone" (it runs on code of its own, which "auto_map" names and which is never run here) is not supported; ${supported}`,
  ),
  config(
    'attention in both directions by another name',
    { model_type: 'gemma3_text', use_bidirectional_attention: true },
    '"DIR/config.json": "use_bidirectional_attention" is true: each token attends to those after it too, and only causal models are supported.',
  ),
  config(
    'another activation of a gated block',
    { model_type: 'gemma2', hidden_activation: 'gelu' },
    '"DIR/config.json": "hidden_activation" "gelu" is not supported; only "gelu_pytorch_tanh" is.',
  ),
  config(
    'LongRoPE with too few factors',
    { model_type: 'phi3', rope_scaling: { type: 'longrope', short_factor: [1], long_factor: [] } },
    '"DIR/config.json": "rope_scaling" of type "longrope" has 0 in "long_factor"; it takes 1 factors.',
  ),
  config(
    'no layer of a list of those rotated',
    { model_type: 'smollm3', no_rope_layers: [] },
    '"DIR/config.json" contradicts itself: "no_rope_layers" has 0 entries, but "num_hidden_layers" is 1.',
  ),
  config(
    'a scale of nothing',
    { model_type: 'granite', logits_scaling: 0 },
    '"DIR/config.json": "logits_scaling" must be a number other than 0, not 0.',
  ),
  config(
    'images without text',
    { model_type: 'gemma3', text_config: null },
    '"DIR/config.json" lacks "text_config", which must be an object.',
  ),
  config(
    'an odd part of each head',
    { model_type: 'glm4', head_dim: 6, partial_rotary_factor: 0.5 },
    '"DIR/config.json": "partial_rotary_factor" 0.5 rotates 3 of a head\'s 6 elements; it takes an even number of them.',
  ),
  config(
    'a mixture of experts',
    { model_type: 'deepseek_v3', n_routed_experts: 8 },
    `"DIR/config.json": "model_type" "deepseek_v3" (its experts, or the way they are chosen, are other than those of the supported families) is not supported; ${supported}`,
  ),
  config(
    'more experts a token than there are',
    { model_type: 'qwen3_moe', num_experts: 4, num_experts_per_tok: 8 },
    '"DIR/config.json" contradicts itself: "num_experts_per_tok" is 8, but there are 4 experts.',
  ),
  config(
    'clipped queries and keys',
    { model_type: 'olmoe', clip_qkv: 8 },
    '"DIR/config.json": "clip_qkv" must be null: clipped queries, keys and values are not supported, not 8.',
  ),
  config(
    'two numbers of experts',
    { model_type: 'qwen3_moe', num_experts: 16, num_local_experts: 8 },
    '"DIR/config.json" contradicts itself: "num_experts" is 16 and "num_local_experts" is 8.',
  ),
  config(
    'experts beyond any model',
    { model_type: 'qwen3_moe', num_hidden_layers: 10_000, num_experts: 65_536 },
    '"DIR/config.json": 10000 layers of 65536 experts are more than the 131,072 that are supported.',
  ),
  config(
    'no hidden_size',
    { hidden_size: undefined },
    '"DIR/config.json" lacks "hidden_size", which must be a whole number from 1 to 1,048,576.',
  ),
  config(
    'a size that is text',
    { hidden_size: '4' },
    '"DIR/config.json": "hidden_size" must be a whole number from 1 to 1,048,576, not "4".',
  ),
  config(
    'a fractional size',
    { intermediate_size: 1.5 },
    '"DIR/config.json": "intermediate_size" must be a whole number from 1 to 16,777,216, not 1.5.',
  ),
  config(
    'a negative size',
    { num_hidden_layers: -1 },
    '"DIR/config.json": "num_hidden_layers" must be a whole number from 1 to 10,000, not -1.',
  ),
  config(
    'an absurd number of layers',
    { num_hidden_layers: 1e9 },
    '"DIR/config.json": "num_hidden_layers" must be a whole number from 1 to 10,000, not 1000000000.',
  ),
  config(
    'an absurd vocabulary',
    { vocab_size: 1e300 },
    '"DIR/config.json": "vocab_size" must be a whole number from 1 to 134,217,728, not 1e+300.',
  ),
  config('no epsilon', { rms_norm_eps: 0 }, '"DIR/config.json": "rms_norm_eps" must be a positive number, not 0.'),
  config(
    'a flag that is text',
    { tie_word_embeddings: 'false' },
    '"DIR/config.json": "tie_word_embeddings" must be true or false, not "false".',
  ),
  config(
    'heads that are no multiple of the key-value heads',
    { num_attention_heads: 4, num_key_value_heads: 3 },
    '"DIR/config.json" contradicts itself: "num_attention_heads" 4 is not a multiple of "num_key_value_heads" 3.',
  ),
  config(
    'a hidden size that is no multiple of the heads',
    { num_attention_heads: 3, num_key_value_heads: 3 },
    '"DIR/config.json" contradicts itself: "hidden_size" 4 is not a multiple of "num_attention_heads" 3, and "head_dim" is not given.',
  ),
  config(
    'heads of odd size',
    { head_dim: 3 },
    '"DIR/config.json" contradicts itself: heads of 3 elements cannot be rotated, which takes an even number.',
  ),
  config(
    'another activation',
    { hidden_act: 'gelu_pytorch_tanh' },
    '"DIR/config.json": "hidden_act" "gelu_pytorch_tanh" is not supported; only "silu" is.',
  ),
  config(
    'quantised weights',
    { quantization_config: { quant_method: 'gptq', bits: 4 } },
    '"DIR/config.json": the weights are quantised ("gptq"); use the checkpoint in BF16, F16 or F32 that they were made from.',
  ),
  config(
    'layers with a sliding window',
    { model_type: 'qwen3', layer_types: ['sliding_attention'] },
    '"DIR/config.json": "layer_types" has "sliding_attention" layers; only "full_attention" and, with "sliding_window", "sliding_attention" are supported.',
  ),
  config(
    'chunked attention',
    { layer_types: ['chunked_attention'] },
    '"DIR/config.json": "layer_types" has "chunked_attention" layers; only "full_attention" and, with "sliding_window", "sliding_attention" are supported.',
  ),
  config(
    'attention to later tokens',
    { is_causal: false },
    '"DIR/config.json": "is_causal" is false: each token attends to those after it too, and only causal models are supported.',
  ),
  config(
    'layer types that do not fit the layers',
    { layer_types: ['full_attention', 'full_attention'] },
    '"DIR/config.json" contradicts itself: "layer_types" has 2 entries, but "num_hidden_layers" is 1.',
  ),
  config(
    'longrope',
    { rope_parameters: { rope_type: 'longrope', factor: 2 } },
    '"DIR/config.json": "rope_parameters" of type "longrope" lacks "short_factor"; it takes 1 factors.',
  ),
  config(
    'linear rotary embeddings without a factor',
    { rope_scaling: { type: 'linear' } },
    '"DIR/config.json": "rope_scaling" of type "linear" lacks "factor".',
  ),
  config(
    'YaRN without a factor',
    { rope_scaling: { ...yarn, factor: undefined } },
    '"DIR/config.json": "rope_scaling" of type "yarn" lacks "factor".',
  ),
  config(
    'a factor that is text',
    { rope_scaling: { ...yarn, factor: '4' } },
    '"DIR/config.json": "rope_scaling.factor" must be a positive number, not "4".',
  ),
  config(
    'Llama 3 rotary embeddings without a band',
    { rope_scaling: { ...llama3, low_freq_factor: null } },
    '"DIR/config.json": "rope_scaling" of type "llama3" lacks "low_freq_factor".',
  ),
  config(
    'Llama 3 rotary embeddings with an empty band',
    { rope_scaling: { ...llama3, low_freq_factor: 4 } },
    '"DIR/config.json": "high_freq_factor" in "rope_scaling" must be larger than "low_freq_factor".',
  ),
  config(
    'two rotary bases',
    { rope_theta: 10_000, rope_parameters: { rope_type: 'default', rope_theta: 500_000 } },
    '"DIR/config.json" contradicts itself: "rope_theta" is 10000, but 500000 in "rope_parameters"; keep the one that the model was trained with.',
  ),
  config(
    'two rotary scalings',
    { rope_scaling: yarn, rope_parameters: llama3 },
    '"DIR/config.json" contradicts itself: "rope_parameters" and "rope_scaling" differ; keep one of them.',
  ),
  config(
    'rotary embeddings by layer type',
    { rope_parameters: { full_attention: { rope_type: 'default' } } },
    `"DIR/config.json": "rope_parameters" has parameters of its own for "full_attention"; this family's rotary embeddings do not differ by layer.`,
  ),
  config(
    'partly rotated heads',
    { partial_rotary_factor: 0.5 },
    '"DIR/config.json": "partial_rotary_factor" 0.5 is not supported; only whole heads are rotated.',
  ),
];
