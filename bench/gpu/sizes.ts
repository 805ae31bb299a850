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

/** Parameters of a generated checkpoint but for norms, a tied head counted once. */
export function parameters(name: string): number {
  const { layers, hidden, intermediate, heads, keyValueHeads, headDim, vocab, ownHead } = sizes[name]!;
  const layer = hidden * (2 * (heads + keyValueHeads) * headDim + 3 * intermediate);
  return layers * layer + (ownHead === true ? 2 : 1) * vocab * hidden;
}

/** Bytes on disk of a pair in bf16 and of what is committed from it, and a tenth of a pair's side three times over. */
export const diskBytes = (name: string): number => 3.3 * 2 * parameters(name);

/** Bytes that hold the whole model as float32, which is what the plan takes where the budget allows it. */
export const floatBytes = (name: string): number => 4 * parameters(name);
