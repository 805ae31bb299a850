import { type Architecture, projections } from '../src/checkpoint/architecture/architecture.ts';
import type { LocateWeight } from '../src/graph/layers/products/weights.ts';
import type { GeneratedShape } from './generateCheckpoint.ts';
import { sizes } from './gpu/sizes.ts';

/* The models that are predicted: their shapes, and where their tensors would lie. */

/** Qwen3's shapes that are predicted. */
export const shapes: Readonly<Record<string, GeneratedShape>> = {
  '0.6B': sizes['0.6B']!,
  '4B': sizes['4B']!,
  '8B': sizes['8B']!,
  '32B': {
    ...{ layers: 64, hidden: 5120, intermediate: 25600, heads: 64, keyValueHeads: 8, headDim: 128, vocab: 151936 },
    ownHead: true,
  },
};

export function architectureOf(shape: GeneratedShape): Architecture {
  return {
    family: 'qwen3',
    layers: shape.layers,
    hiddenSize: shape.hidden,
    heads: shape.heads,
    keyValueHeads: shape.keyValueHeads,
    headDim: shape.headDim,
    intermediateSize: shape.intermediate,
    vocabSize: shape.vocab,
    rmsNormEps: 1e-6,
    ropeTheta: 1e6,
    ropeScaling: { type: 'default' },
    maxPositions: 40960,
    tiedEmbeddings: shape.ownHead !== true,
    queryKeyNorm: true,
    biases: Object.fromEntries(projections.map((name) => [name, false])) as Architecture['biases'],
    headBias: false,
  };
}

/** Where tensors of the shape would lie. */
export function locateIn(shape: GeneratedShape): LocateWeight {
  const { hidden, intermediate, heads, keyValueHeads, headDim, vocab } = shape;
  const [queries, keys] = [heads * headDim, keyValueHeads * headDim];
  const dims: Readonly<Record<string, readonly number[]>> = {
    q_proj: [queries, hidden],
    k_proj: [keys, hidden],
    v_proj: [keys, hidden],
    o_proj: [hidden, queries],
    gate_proj: [intermediate, hidden],
    up_proj: [intermediate, hidden],
    down_proj: [hidden, intermediate],
    q_norm: [headDim],
    k_norm: [headDim],
    embed_tokens: [vocab, hidden],
    lm_head: [vocab, hidden],
  };
  return (name) => {
    const shape = dims[name.split('.').at(-2)!] ?? [hidden];
    const byteLength = 2 * shape.reduce((product, each) => product * each, 1);
    return { name, dtype: 'BF16', shape, location: 'weights', begin: 0, byteLength };
  };
}
