import { type ConfigRow, qwen2, qwen2Expected, reads } from './configRow.ts';

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

// Each row was compared with transformers 5.18: sizes, biases, norms, and the rotary frequencies computed from it.
const rows: readonly ConfigRow[] = [
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
    'dynamic rotary embeddings, which shorter sequences do not feel',
    { model_type: 'llama', rope_scaling: { type: 'dynamic', factor: 2 } },
    {},
  ],
  [
    'Qwen2.5 with YaRN',
    { ...qwen2, rope_scaling: { type: 'yarn', factor: 4, original_max_position_embeddings: 32_768 } },
    { ...qwen2Expected, ropeScaling: yarnScaling },
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
];

describe('rotary parameters of config.json', () => reads(rows));
