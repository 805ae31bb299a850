import type { GeneratedShape } from '../generateCheckpoint.ts';

/** Qwen3's shapes by name, from their config.json; `tiny` shows on any machine that the bench itself works. */
export const sizes: Readonly<Record<string, GeneratedShape>> = {
  tiny: { layers: 4, hidden: 128, intermediate: 352, heads: 4, keyValueHeads: 2, headDim: 32, vocab: 768 },
  '0.6B': { layers: 28, hidden: 1024, intermediate: 3072, heads: 16, keyValueHeads: 8, headDim: 128, vocab: 151936 },
  '4B': { layers: 36, hidden: 2560, intermediate: 9728, heads: 32, keyValueHeads: 8, headDim: 128, vocab: 151936 },
  '8B': {
    layers: 36,
    hidden: 4096,
    intermediate: 12288,
    heads: 32,
    keyValueHeads: 8,
    headDim: 128,
    vocab: 151936,
    ownHead: true,
  },
};
