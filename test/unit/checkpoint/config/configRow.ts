import assert from 'node:assert/strict';
import type { Architecture, Projection } from '../../../../src/checkpoint/architecture/architecture.ts';
import { projections } from '../../../../src/checkpoint/architecture/architecture.ts';
import { parseConfig } from '../../../../src/checkpoint/architecture/config.ts';

const sizes = { hidden_size: 64, intermediate_size: 96, num_hidden_layers: 2, num_attention_heads: 4, vocab_size: 100 };

function parse(fields: Readonly<Record<string, unknown>>): Architecture {
  return parseConfig(JSON.stringify({ ...sizes, ...fields }), 'config.json');
}

/** Which projections have a bias. */
export function biased(...names: readonly Projection[]): Readonly<Record<Projection, boolean>> {
  return Object.fromEntries(projections.map((name) => [name, names.includes(name)])) as Record<Projection, boolean>;
}

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

/** A config.json by its fields beside the sizes, and what of the architecture is other than the plain one. */
export type ConfigRow = readonly [
  what: string,
  fields: Readonly<Record<string, unknown>>,
  expected: Partial<Architecture>,
];

export const qwen2 = { model_type: 'qwen2', num_key_value_heads: 2 } as const;
export const qwen2Expected = {
  family: 'qwen2',
  keyValueHeads: 2,
  maxPositions: 32_768,
  biases: biased('q_proj', 'k_proj', 'v_proj'),
} as const;

/** Tests that each row is read so. */
export function reads(rows: readonly ConfigRow[]): void {
  for (const [what, fields, expected] of rows) {
    it(what, () => assert.deepEqual(parse(fields), { ...plain, ...expected }));
  }
}
