import { projections } from '../../../../src/checkpoint/architecture/architecture.ts';
import { biased, type ConfigRow, qwen2, qwen2Expected, reads } from './configRow.ts';

const attention = ['q_proj', 'k_proj', 'v_proj', 'o_proj'] as const;

// Each row was compared with transformers 5.18: sizes, biases, norms, and the rotary frequencies computed from it.
const rows: readonly ConfigRow[] = [
  ['a bare Llama', { model_type: 'llama' }, {}],
  [
    'Llama with biases',
    { model_type: 'llama', attention_bias: true, mlp_bias: true },
    { biases: biased(...projections) },
  ],
  [
    'Mistral 0.3',
    {
      model_type: 'mistral',
      num_key_value_heads: 2,
      max_position_embeddings: 32_768,
      rope_theta: 1e6,
      sliding_window: null,
      head_dim: 128,
    },
    { family: 'mistral', keyValueHeads: 2, headDim: 128, maxPositions: 32_768, ropeTheta: 1e6 },
  ],
  [
    'Mistral with a window that nothing reaches',
    { model_type: 'mistral', num_key_value_heads: 4, max_position_embeddings: 4096 },
    { family: 'mistral', maxPositions: 4096 },
  ],
  [
    'Mistral with kinds of layers: its window is theirs alone',
    {
      ...{ model_type: 'mistral', num_key_value_heads: 4, max_position_embeddings: 32_768, sliding_window: 64 },
      layer_types: ['full_attention', 'sliding_attention'],
    },
    { family: 'mistral', maxPositions: 32_768, slidingWindow: 64, slidingLayers: [1] },
  ],
  [
    'the same as transformers 5 names it, without kinds',
    { model_type: 'ministral', num_key_value_heads: 4, max_position_embeddings: 32_768, sliding_window: 64 },
    { family: 'mistral', maxPositions: 32_768, slidingWindow: 64 },
  ],
  [
    'Mistral 7B v0.1, whose window shorter sequences do not reach',
    { model_type: 'mistral', num_key_value_heads: 4, max_position_embeddings: 32_768, sliding_window: 4096 },
    { family: 'mistral', maxPositions: 32_768, slidingWindow: 4096 },
  ],
  [
    'Mistral with the window that an absent field stands for',
    { model_type: 'mistral', num_key_value_heads: 4, max_position_embeddings: 8192 },
    { family: 'mistral', maxPositions: 8192, slidingWindow: 4096 },
  ],
  [
    'Mistral, whose key-value heads default to 8',
    { model_type: 'mistral', num_attention_heads: 16, sliding_window: null },
    { family: 'mistral', heads: 16, keyValueHeads: 8, headDim: 4, maxPositions: 131_072 },
  ],
  [
    'Qwen2.5',
    {
      ...qwen2,
      rope_theta: 1e6,
      sliding_window: 131_072,
      use_sliding_window: false,
      max_window_layers: 28,
    },
    { ...qwen2Expected, ropeTheta: 1e6 },
  ],
  [
    'Qwen2 with a window from some layer on',
    { ...qwen2, use_sliding_window: true, sliding_window: 1024, max_window_layers: 1 },
    { ...qwen2Expected, slidingWindow: 1024, slidingLayers: [1] },
  ],
  [
    'Qwen2 with a window from a layer on that it does not have',
    { ...qwen2, use_sliding_window: true, sliding_window: 1024, max_window_layers: 2 },
    qwen2Expected,
  ],
  [
    'Qwen2, whose window begins at layer 28 where it does not say',
    { ...qwen2, use_sliding_window: true, sliding_window: 1024 },
    qwen2Expected,
  ],
  [
    'Qwen2 with its layers named: none has the window',
    {
      ...qwen2,
      use_sliding_window: true,
      sliding_window: 1024,
      max_window_layers: 0,
      layer_types: ['full_attention', 'full_attention'],
    },
    qwen2Expected,
  ],
  [
    'Qwen2 with its layers named: one has the window',
    {
      ...qwen2,
      use_sliding_window: true,
      sliding_window: 1024,
      layer_types: ['full_attention', 'sliding_attention'],
    },
    { ...qwen2Expected, slidingWindow: 1024, slidingLayers: [1] },
  ],
  [
    'null for everything that may be absent',
    {
      model_type: 'llama',
      num_key_value_heads: null,
      head_dim: null,
      max_position_embeddings: null,
      original_max_position_embeddings: null,
      hidden_act: null,
      rms_norm_eps: null,
      rope_theta: null,
      rope_scaling: null,
      rope_parameters: null,
      tie_word_embeddings: null,
      attention_bias: null,
      mlp_bias: null,
      layer_types: null,
      max_window_layers: null,
      is_causal: null,
      quantization_config: null,
    },
    {},
  ],
  [
    'Qwen3, whose heads have 128 elements by default',
    { model_type: 'qwen3', num_key_value_heads: 2 },
    { family: 'qwen3', keyValueHeads: 2, headDim: 128, maxPositions: 32_768, queryKeyNorm: true },
  ],
  [
    'Qwen3 with biases, sliding windows named but off',
    {
      model_type: 'qwen3',
      num_key_value_heads: null,
      attention_bias: true,
      head_dim: 32,
      sliding_window: 16,
      use_sliding_window: false,
      layer_types: ['full_attention', 'full_attention'],
    },
    { family: 'qwen3', headDim: 32, maxPositions: 32_768, queryKeyNorm: true, biases: biased(...attention) },
  ],
  [
    'Seed-OSS, whose queries, keys and values have biases by default',
    { model_type: 'seed_oss', num_key_value_heads: 2 },
    {
      family: 'seed_oss',
      keyValueHeads: 2,
      headDim: 128,
      maxPositions: 524_288,
      biases: biased('q_proj', 'k_proj', 'v_proj'),
    },
  ],
  [
    'Seed-OSS with a bias on the output alone',
    {
      model_type: 'seed_oss',
      num_key_value_heads: null,
      head_dim: null,
      attention_bias: false,
      attention_out_bias: true,
    },
    { family: 'seed_oss', maxPositions: 524_288, biases: biased('o_proj') },
  ],
];

describe('config.json of a family', () => reads(rows));
