/* How many weights a layer has, and how many a row passes: they differ where there are experts. */
import assert from 'node:assert/strict';
import type { Architecture } from '../../../../src/checkpoint/architecture/architecture.ts';
import { expectedTensors } from '../../../../src/checkpoint/architecture/expectedTensors.ts';
import { activeLayerWeights, layerWeights } from '../../../../src/engine/plan/layerWeights.ts';
import { tinyArchitecture } from '../../record/tinyRecord.ts';

/** Elements of a layer's matrices. */
function matrices(architecture: Architecture, layer: number): number {
  return [...expectedTensors(architecture)]
    .filter(([name, shape]) => name.startsWith(`model.layers.${layer}.`) && shape.length === 2)
    .reduce((sum, [, shape]) => sum + shape[0]! * shape[1]!, 0);
}

describe('weights of a layer', () => {
  it('are those that each row passes, without experts', () => {
    assert.equal(layerWeights(tinyArchitecture), matrices(tinyArchitecture, 0));
    assert.equal(activeLayerWeights(tinyArchitecture), matrices(tinyArchitecture, 0));
  });

  it('are the largest layer’s with all its experts; a row passes the router and its own experts', () => {
    const experts = { count: 8, perToken: 2, intermediateSize: 10, normalised: true, denseLayers: [1] };
    const architecture: Architecture = { ...tinyArchitecture, family: 'qwen3_moe', layers: 3, experts };
    const { hiddenSize } = architecture;
    assert.equal(layerWeights(architecture), matrices(architecture, 0));
    const unused = (experts.count - experts.perToken) * 3 * experts.intermediateSize * hiddenSize;
    const passed = 2 * (matrices(architecture, 0) - unused) + matrices(architecture, 1);
    assert.equal(activeLayerWeights(architecture), passed / 3);
  });
});
