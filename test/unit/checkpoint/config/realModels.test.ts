/*
 * The config.json of real models, with the sizes of tiny ones, is read as transformers reads it. configurations.json is made by
 * scripts/checks/configurations.py, which also holds entropies of all these to transformers.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Architecture } from '../../../../src/checkpoint/architecture/architecture.ts';
import { parseConfig } from '../../../../src/checkpoint/architecture/config.ts';
import { fixtures } from '../../../paths.ts';

interface RealModel {
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly expected: Architecture;
}

const path = join(fixtures, 'configurations.json');
const real: readonly RealModel[] = JSON.parse(readFileSync(path, 'utf8'));

/** With computed numbers rounded: powers and logarithms of two languages may differ in the last bit. */
function rounded(architecture: Architecture): Architecture {
  const { ropeScaling, attentionScale } = architecture;
  const near = (value: number) => Number(value.toFixed(12));
  return {
    ...architecture,
    ...(attentionScale !== undefined && { attentionScale: near(attentionScale) }),
    ropeScaling:
      'attentionFactor' in ropeScaling
        ? { ...ropeScaling, attentionFactor: near(ropeScaling.attentionFactor) }
        : ropeScaling,
  };
}

describe('config.json of real models', () => {
  it('are there', () => assert.equal(real.length, 262));

  for (const { name, config, expected } of real) {
    it(name, () => assert.deepEqual(rounded(parseConfig(JSON.stringify(config), 'config.json')), rounded(expected)));
  }
});
