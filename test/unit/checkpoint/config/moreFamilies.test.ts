import { biased, type ConfigRow, reads } from './configRow.ts';

const yarn = { rope_type: 'yarn', factor: 8, attention_factor: 1.2, beta_fast: 32, beta_slow: 1 };
const yarnRead = {
  type: 'yarn',
  factor: 8,
  originalMaxPositions: 8192,
  betaFast: 32,
  betaSlow: 1,
  attentionFactor: 1.2,
  truncate: true,
} as const;
const gemma = { keyValueHeads: 4, headDim: 256, tiedEmbeddings: true, embeddingScale: 8, attentionScale: 1 / 16 };
const attention = ['q_proj', 'k_proj', 'v_proj', 'o_proj'] as const;
const factors = { short_factor: [1, 1.5, 2, 3, 4, 5], long_factor: [1, 2, 4, 8, 16, 32] };
const longRope = (originalMaxPositions: number, attentionFactor: number) =>
  ({
    type: 'longrope',
    shortFactors: factors.short_factor,
    longFactors: factors.long_factor,
    originalMaxPositions,
    attentionFactor,
  }) as const;

// What each row is read as follows transformers 5.18; those with windows and scaling were also held to its entropies.
const rows: readonly ConfigRow[] = [
  [
    'Qwen3 with experts as transformers 4 writes it, some layers without',
    {
      model_type: 'qwen3_moe',
      num_hidden_layers: 6,
      num_key_value_heads: null,
      num_experts: 16,
      num_experts_per_tok: 4,
      moe_intermediate_size: 24,
      norm_topk_prob: true,
      decoder_sparse_step: 2,
      mlp_only_layers: [1, 9],
      use_sliding_window: true,
      sliding_window: 16,
      max_window_layers: 3,
    },
    {
      family: 'qwen3_moe',
      layers: 6,
      maxPositions: 32_768,
      slidingWindow: 16,
      queryKeyNorm: true,
      experts: { count: 16, perToken: 4, intermediateSize: 24, normalised: true, denseLayers: [0, 1, 2, 4] },
    },
  ],
  [
    'Qwen3 with experts that says nothing of them',
    { model_type: 'qwen3_moe', num_local_experts: 64 },
    {
      family: 'qwen3_moe',
      maxPositions: 32_768,
      queryKeyNorm: true,
      experts: { count: 64, perToken: 8, intermediateSize: 768, normalised: false },
    },
  ],
  [
    'Qwen3 with experts in no layer',
    { model_type: 'qwen3_moe', num_experts: 8, num_experts_per_tok: 2, decoder_sparse_step: 100 },
    { family: 'qwen3_moe', maxPositions: 32_768, queryKeyNorm: true },
  ],
  [
    'OLMoE, whose experts have the size of the model',
    { model_type: 'olmoe', num_experts: 8, clip_qkv: null, norm_topk_prob: false },
    {
      family: 'olmoe',
      maxPositions: 4096,
      rmsNormEps: 1e-5,
      queryKeyNorm: true,
      experts: { count: 8, perToken: 8, intermediateSize: 96, normalised: false },
    },
  ],
  [
    'a bare Mixtral',
    { model_type: 'mixtral', num_key_value_heads: 4, sliding_window: null },
    {
      family: 'mixtral',
      maxPositions: 131_072,
      rmsNormEps: 1e-5,
      ropeTheta: 1e6,
      experts: { count: 8, perToken: 2, intermediateSize: 96, normalised: true },
    },
  ],
  [
    'Ministral 3 without rotary parameters, whose queries grow',
    { model_type: 'ministral3', head_dim: null, num_key_value_heads: 2 },
    {
      family: 'ministral3',
      keyValueHeads: 2,
      rmsNormEps: 1e-5,
      maxPositions: 262_144,
      ropeTheta: 1e6,
      ropeScaling: { ...yarnRead, factor: 16, originalMaxPositions: 16_384, attentionFactor: 1 },
      queryGrowth: { beta: 0.1, originalMaxPositions: 16_384 },
    },
  ],
  [
    'SmolLM3, every fourth of whose layers is not rotated',
    { model_type: 'smollm3', num_hidden_layers: 8, rope_theta: 5e6, max_position_embeddings: 65_536 },
    {
      family: 'smollm3',
      layers: 8,
      ropeTheta: 5e6,
      maxPositions: 65_536,
      tiedEmbeddings: true,
      unrotatedLayers: [3, 7],
    },
  ],
  [
    'SmolLM3 with its layers named, and a window in those without rotary embedding',
    {
      model_type: 'smollm3',
      no_rope_layers: [0, 1],
      use_sliding_window: true,
      sliding_window: 64,
      rope_parameters: { rope_type: 'default', rope_theta: 1e4 },
    },
    {
      family: 'smollm3',
      maxPositions: 32_768,
      tiedEmbeddings: true,
      unrotatedLayers: [0],
      slidingWindow: 64,
      slidingLayers: [0],
    },
  ],
  [
    'Granite with its four scales',
    {
      model_type: 'granite',
      embedding_multiplier: 12,
      attention_multiplier: 0.015625,
      residual_multiplier: 0.22,
      logits_scaling: 8,
    },
    { family: 'granite', embeddingScale: 12, attentionScale: 0.015625, residualScale: 0.22, logitDivisor: 8 },
  ],
  [
    'Granite without any, whose attention is not scaled then',
    { model_type: 'granite' },
    { family: 'granite', attentionScale: 1 },
  ],
  [
    'OLMo 2',
    { model_type: 'olmo2', attention_bias: true },
    { family: 'olmo2', rmsNormEps: 1e-5, queryKeyNorm: true, biases: biased(...attention) },
  ],
  [
    'OLMo 3 in the old form, whose base and scaling do not reach its sliding layers',
    {
      model_type: 'olmo3',
      num_hidden_layers: 4,
      max_position_embeddings: 65_536,
      rope_theta: 10_000,
      rope_scaling: { ...yarn, original_max_position_embeddings: 8192 },
    },
    {
      family: 'olmo3',
      layers: 4,
      rmsNormEps: 1e-5,
      maxPositions: 65_536,
      queryKeyNorm: true,
      ropeScaling: yarnRead,
      slidingWindow: 4096,
      slidingLayers: [0, 1, 2],
      slidingRope: { theta: 500_000, scaling: { type: 'default' } },
    },
  ],
  [
    'OLMo 3 in the new form, its layers alike but for the window',
    {
      model_type: 'olmo3',
      sliding_window: 64,
      layer_types: ['full_attention', 'sliding_attention'],
      rope_parameters: {
        full_attention: { rope_type: 'default', rope_theta: 10_000 },
        sliding_attention: { rope_type: 'default', rope_theta: 10_000 },
      },
    },
    { family: 'olmo3', rmsNormEps: 1e-5, queryKeyNorm: true, slidingWindow: 64, slidingLayers: [1] },
  ],
  [
    'a bare Gemma 2',
    { model_type: 'gemma2' },
    {
      ...gemma,
      family: 'gemma2',
      maxPositions: 8192,
      slidingWindow: 4096,
      slidingLayers: [0],
      attentionSoftCap: 50,
      logitSoftCap: 30,
    },
  ],
  [
    'Gemma 2 without caps',
    { model_type: 'gemma2', attn_logit_softcapping: null, final_logit_softcapping: null, sliding_window: 8192 },
    { ...gemma, family: 'gemma2', maxPositions: 8192 },
  ],
  [
    'Gemma 3 as transformers 4 writes it; a cap on its attention is never applied',
    {
      model_type: 'gemma3_text',
      rope_theta: 1e6,
      rope_local_base_freq: 5000,
      rope_scaling: { rope_type: 'linear', factor: 8 },
      sliding_window_pattern: 2,
      sliding_window: 512,
      attn_logit_softcapping: 50,
    },
    {
      ...gemma,
      family: 'gemma3_text',
      maxPositions: 131_072,
      queryKeyNorm: true,
      ropeTheta: 1e6,
      ropeScaling: { type: 'linear', factor: 8 },
      slidingWindow: 512,
      slidingLayers: [0],
      slidingRope: { theta: 5000, scaling: { type: 'default' } },
    },
  ],
  [
    'Gemma 3 with images, whose text part leaves out what is usual',
    {
      model_type: 'gemma3',
      text_config: { model_type: 'gemma3_text', hidden_size: 64, num_hidden_layers: 2, sliding_window: 1024 },
    },
    {
      ...gemma,
      family: 'gemma3_text',
      textOf: 'gemma3',
      heads: 8,
      intermediateSize: 9216,
      vocabSize: 262_208,
      maxPositions: 131_072,
      queryKeyNorm: true,
      ropeTheta: 1e6,
      slidingWindow: 1024,
      slidingLayers: [0, 1],
      slidingRope: { theta: 10_000, scaling: { type: 'default' } },
    },
  ],
  [
    'Mistral 3 with images, whose text is a Ministral 3 and whose head is tied beside it',
    {
      model_type: 'mistral3',
      tie_word_embeddings: true,
      text_config: {
        ...{ model_type: 'ministral3', hidden_size: 64, intermediate_size: 96, num_hidden_layers: 2, vocab_size: 100 },
        ...{ num_attention_heads: 8, head_dim: 32, max_position_embeddings: 4096 },
        rope_parameters: {
          rope_type: 'default',
          rope_theta: 5e5,
          llama_4_scaling_beta: 0.2,
          original_max_position_embeddings: 64,
        },
      },
    },
    {
      family: 'ministral3',
      textOf: 'mistral3',
      heads: 8,
      keyValueHeads: 8,
      headDim: 32,
      rmsNormEps: 1e-5,
      maxPositions: 4096,
      ropeTheta: 5e5,
      tiedEmbeddings: true,
      queryGrowth: { beta: 0.2, originalMaxPositions: 64 },
    },
  ],
  [
    "Phi-3 mini, whose window is every layer's",
    { model_type: 'phi3', sliding_window: 2047, original_max_position_embeddings: 4096, rope_scaling: null },
    { family: 'phi3', rmsNormEps: 1e-5, maxPositions: 4096, slidingWindow: 2047 },
  ],
  [
    'Phi-4 mini: LongRoPE of a part of each head, whose length beside wins',
    {
      model_type: 'phi3',
      partial_rotary_factor: 0.75,
      max_position_embeddings: 16_384,
      sliding_window: 262_144,
      rope_scaling: { type: 'su', original_max_position_embeddings: 1024, ...factors },
    },
    {
      family: 'phi3',
      rmsNormEps: 1e-5,
      maxPositions: 16_384,
      rotatedDim: 12,
      ropeScaling: longRope(4096, Math.sqrt(1 + Math.log(4) / Math.log(4096))),
    },
  ],
  [
    'GLM-4, half of whose heads is rotated',
    { model_type: 'glm4', num_key_value_heads: 2, head_dim: 32 },
    {
      family: 'glm4',
      keyValueHeads: 2,
      headDim: 32,
      rmsNormEps: 1.5625e-7,
      maxPositions: 131_072,
      rotatedDim: 16,
      biases: biased('q_proj', 'k_proj', 'v_proj'),
    },
  ],
];

describe("config.json of a family whose layers differ from Llama's", () => reads(rows));
