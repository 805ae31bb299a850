import type { Architecture } from '../../../../src/checkpoint/architecture/architecture.ts';

/** Qwen3-8B's shape. */
export const large: Architecture = {
  family: 'qwen3',
  layers: 36,
  hiddenSize: 4096,
  heads: 32,
  keyValueHeads: 8,
  headDim: 128,
  intermediateSize: 12288,
  vocabSize: 151936,
  rmsNormEps: 1e-6,
  ropeTheta: 1e6,
  ropeScaling: { type: 'default' },
  maxPositions: 40960,
  tiedEmbeddings: false,
  queryKeyNorm: true,
  biases: {
    q_proj: false,
    k_proj: false,
    v_proj: false,
    o_proj: false,
    gate_proj: false,
    up_proj: false,
    down_proj: false,
  },
  headBias: false,
};
