import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Architecture, RopeScaling } from '../../../src/checkpoint/architecture/architecture.ts';
import { inverseFrequencies, ropeTables } from '../../../src/graph/ropeTables.ts';
import { fixtures } from '../../paths.ts';

/** Values of transformers 5.18 (LlamaRotaryEmbedding), float32. */
interface RopeCase {
  readonly name: string;
  readonly head_dim: number;
  readonly rope: Readonly<Record<string, number>> & { readonly rope_type: string; readonly truncate?: boolean };
  readonly inv_freq: readonly number[];
  readonly attention_scaling: number;
  readonly positions: readonly number[];
  readonly cos: readonly (readonly number[])[];
  readonly sin: readonly (readonly number[])[];
}

const cases: RopeCase[] = JSON.parse(readFileSync(join(fixtures, 'rope.json'), 'utf8'));

function scalingOf({ rope, attention_scaling }: RopeCase): RopeScaling {
  const number = (key: string) => rope[key]!;
  switch (rope.rope_type) {
    case 'linear':
      return { type: 'linear', factor: number('factor') };
    case 'llama3':
      return {
        type: 'llama3',
        factor: number('factor'),
        lowFreqFactor: number('low_freq_factor'),
        highFreqFactor: number('high_freq_factor'),
        originalMaxPositions: number('original_max_position_embeddings'),
      };
    case 'yarn':
      return {
        type: 'yarn',
        factor: number('factor'),
        originalMaxPositions: number('original_max_position_embeddings'),
        betaFast: rope['beta_fast'] ?? 32,
        betaSlow: rope['beta_slow'] ?? 1,
        attentionFactor: attention_scaling,
        truncate: rope.truncate ?? true,
      };
    default:
      return { type: 'default' };
  }
}

describe('rotary tables', () => {
  it('are there', () => assert.equal(cases.length, 5));

  for (const each of cases) {
    it(`agree with transformers: ${each.name}`, () => {
      const architecture = {
        family: 'llama',
        headDim: each.head_dim,
        ropeTheta: each.rope['rope_theta']!,
        ropeScaling: scalingOf(each),
      } as Architecture;
      const frequencies = inverseFrequencies(
        { rope: { theta: architecture.ropeTheta, scaling: architecture.ropeScaling }, dim: each.head_dim },
        1,
      );
      assert.equal(frequencies.length, each.inv_freq.length);
      for (const [i, expected] of each.inv_freq.entries()) {
        const error = Math.abs(frequencies[i]! - expected) / expected;
        assert.ok(error <= 2.5e-7, `frequency ${i} is ${error} off`);
      }
      const rows = Math.max(...each.positions.filter((position) => position < 10_000)) + 1;
      const { cos, sin } = ropeTables(architecture, rows);
      for (const [n, position] of each.positions.entries()) {
        if (position >= rows) continue;
        for (let i = 0; i < each.head_dim; i++) {
          // An angle of p radians carries p float32 roundings' worth of error.
          const tolerance = 1e-6 + position * 2.5e-7 * frequencies[i % frequencies.length]!;
          const at = position * each.head_dim + i;
          assert.ok(Math.abs(cos[at]! - each.cos[n]![i]!) <= tolerance, `cos at ${position}, ${i}`);
          assert.ok(Math.abs(sin[at]! - each.sin[n]![i]!) <= tolerance, `sin at ${position}, ${i}`);
        }
      }
    });
  }
});
