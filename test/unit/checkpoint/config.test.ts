import assert from 'node:assert/strict';
import type { Architecture, Projection } from '../../../src/checkpoint/architecture/architecture.ts';
import { projections } from '../../../src/checkpoint/architecture/architecture.ts';
import { parseConfig } from '../../../src/checkpoint/architecture/config.ts';

const sizes = { hidden_size: 64, intermediate_size: 96, num_hidden_layers: 2, num_attention_heads: 4, vocab_size: 100 };

function parse(fields: Readonly<Record<string, unknown>>): Architecture {
  return parseConfig(JSON.stringify({ ...sizes, ...fields }), 'config.json');
}

function biased(...names: readonly Projection[]): Readonly<Record<Projection, boolean>> {
  return Object.fromEntries(projections.map((name) => [name, names.includes(name)])) as Record<Projection, boolean>;
}

const attention = ['q_proj', 'k_proj', 'v_proj', 'o_proj'] as const;

/** What every row has unless it says otherwise. */
const plain: Architecture = {
  family: 'llama',
  layers: 2,
  hiddenSize: 64,
  heads: 4,
  keyValueHeads: 4,
  headDim: 16,
  intermediateSize: 96,
  vocabSize: 100,
  rmsNormEps: 1e-6,
  ropeTheta: 10_000,
  ropeScaling: { type: 'default' },
  maxPositions: 2048,
  tiedEmbeddings: false,
  queryKeyNorm: false,
  biases: biased(),
  headBias: false,
};

const llama3 = { factor: 32, low_freq_factor: 1, high_freq_factor: 4, original_max_position_embeddings: 8192 };
const llama3Scaling = {
  type: 'llama3',
  factor: 32,
  lowFreqFactor: 1,
  highFreqFactor: 4,
  originalMaxPositions: 8192,
} as const;
const yarnScaling = {
  type: 'yarn',
  factor: 4,
  originalMaxPositions: 32_768,
  betaFast: 32,
  betaSlow: 1,
  attentionFactor: 0.1 * Math.log(4) + 1,
  truncate: true,
} as const;

const qwen2 = { model_type: 'qwen2', num_key_value_heads: 2 } as const;
const qwen2Expected = {
  family: 'qwen2',
  keyValueHeads: 2,
  maxPositions: 32_768,
  biases: biased('q_proj', 'k_proj', 'v_proj'),
} as const;

// Each row was compared with transformers 5.18: sizes, biases, norms, and the rotary frequencies computed from it.
const rows: readonly (readonly [
  what: string,
  fields: Readonly<Record<string, unknown>>,
  expected: Partial<Architecture>,
])[] = [
  ['a bare Llama', { model_type: 'llama' }, {}],
  [
    'Llama 3.2 as transformers 4 writes it',
    {
      model_type: 'llama',
      num_key_value_heads: 2,
      head_dim: 64,
      max_position_embeddings: 131_072,
      rms_norm_eps: 1e-5,
      rope_theta: 500_000,
      tie_word_embeddings: true,
      attention_bias: false,
      mlp_bias: false,
      hidden_act: 'silu',
      rope_scaling: { ...llama3, rope_type: 'llama3' },
    },
    {
      keyValueHeads: 2,
      headDim: 64,
      maxPositions: 131_072,
      rmsNormEps: 1e-5,
      ropeTheta: 500_000,
      tiedEmbeddings: true,
      ropeScaling: llama3Scaling,
    },
  ],
  [
    'the same as transformers 5 writes it',
    {
      model_type: 'llama',
      max_position_embeddings: 131_072,
      rope_parameters: { ...llama3, rope_type: 'llama3', rope_theta: 500_000 },
    },
    { maxPositions: 131_072, ropeTheta: 500_000, ropeScaling: llama3Scaling },
  ],
  [
    'an original length beside the rotary parameters, which wins',
    { model_type: 'llama', original_max_position_embeddings: 4096, rope_scaling: { ...llama3, rope_type: 'llama3' } },
    { ropeScaling: { ...llama3Scaling, originalMaxPositions: 4096 } },
  ],
  [
    'a rotary base beside rope_parameters',
    { model_type: 'llama', rope_theta: 500_000, rope_parameters: { rope_type: 'default' } },
    { ropeTheta: 500_000 },
  ],
  [
    'linear scaling under its old name',
    { model_type: 'llama', rope_scaling: { type: 'linear', factor: 4 } },
    { ropeScaling: { type: 'linear', factor: 4 } },
  ],
  ['no scaling', { model_type: 'llama', rope_scaling: null }, {}],
  [
    'empty rotary parameters',
    { model_type: 'llama', rope_scaling: {}, rope_parameters: { rope_theta: 7 } },
    { ropeTheta: 7 },
  ],
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
      model_type: 'qwen2',
      num_key_value_heads: 2,
      rope_theta: 1e6,
      sliding_window: 131_072,
      use_sliding_window: false,
      max_window_layers: 28,
    },
    {
      family: 'qwen2',
      keyValueHeads: 2,
      ropeTheta: 1e6,
      maxPositions: 32_768,
      biases: biased('q_proj', 'k_proj', 'v_proj'),
    },
  ],
  [
    'Qwen2 with a window from some layer on',
    { ...qwen2, use_sliding_window: true, sliding_window: 1024, max_window_layers: 1 },
    { ...qwen2Expected, slidingWindow: 1024 },
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
    { ...qwen2Expected, slidingWindow: 1024 },
  ],
  [
    'dynamic rotary embeddings, which shorter sequences do not feel',
    { model_type: 'llama', rope_scaling: { type: 'dynamic', factor: 2 } },
    {},
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
    'Qwen2.5 with YaRN',
    {
      model_type: 'qwen2',
      num_key_value_heads: 2,
      rope_scaling: { type: 'yarn', factor: 4, original_max_position_embeddings: 32_768 },
    },
    {
      family: 'qwen2',
      keyValueHeads: 2,
      maxPositions: 32_768,
      biases: biased('q_proj', 'k_proj', 'v_proj'),
      ropeScaling: yarnScaling,
    },
  ],
  [
    'YaRN whose original length is the longest one',
    { model_type: 'llama', max_position_embeddings: 32_768, rope_scaling: { rope_type: 'yarn', factor: 4 } },
    { maxPositions: 32_768, ropeScaling: yarnScaling },
  ],
  [
    'YaRN with every option',
    {
      model_type: 'llama',
      rope_parameters: {
        rope_type: 'yarn',
        factor: 8,
        original_max_position_embeddings: 4096,
        mscale: 0.8,
        mscale_all_dim: 1,
        beta_fast: 16,
        beta_slow: 2,
        truncate: false,
      },
    },
    {
      ropeScaling: {
        type: 'yarn',
        factor: 8,
        originalMaxPositions: 4096,
        betaFast: 16,
        betaSlow: 2,
        attentionFactor: (0.1 * 0.8 * Math.log(8) + 1) / (0.1 * Math.log(8) + 1),
        truncate: false,
      },
    },
  ],
  [
    'YaRN with its attention factor given and its factor null',
    {
      model_type: 'llama',
      max_position_embeddings: 131_072,
      rope_parameters: {
        rope_type: 'yarn',
        factor: null,
        original_max_position_embeddings: 32_768,
        attention_factor: 1.25,
      },
    },
    { maxPositions: 131_072, ropeScaling: { ...yarnScaling, attentionFactor: 1.25 } },
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
];

describe('config.json', () => {
  for (const [what, fields, expected] of rows) {
    it(what, () => assert.deepEqual(parse(fields), { ...plain, ...expected }));
  }
});
