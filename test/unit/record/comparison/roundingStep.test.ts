import assert from 'node:assert/strict';
import { roundingStep } from '../../../../src/record/comparison/tensors/roundingStep.ts';

describe('rounding step', () => {
  it('is the distance of neighbours of the format', () => {
    // 0.0625 is 0x3d80 in bfloat16, and 0x3d81 is the next.
    assert.deepEqual(roundingStep('BF16', 'BF16', 0.07), { format: 'bfloat16', step: 2 ** -11, from: 2 ** -4 });
    assert.equal(roundingStep('BF16', 'BF16', 0.0625)!.step, 2 ** -11);
    assert.equal(roundingStep('F16', 'F16', 1.5)!.step, 2 ** -10);
    // Subnormal numbers all lie as far apart as the least normal ones.
    assert.equal(roundingStep('F16', 'F16', 1e-6)!.step, 2 ** -24);
  });

  it('is told of nothing but equal 16-bit formats', () => {
    assert.equal(roundingStep('BF16', 'F16', 1), undefined);
    assert.equal(roundingStep('F32', 'F32', 1), undefined);
    assert.equal(roundingStep(undefined, undefined, 1), undefined);
    assert.equal(roundingStep('BF16', 'BF16', 0), undefined);
    assert.equal(roundingStep('BF16', 'BF16', Number.NaN), undefined);
  });
});
