import assert from 'node:assert/strict';
import { widensStored } from '../../../../src/engine/device/probe.ts';
import { waysToHold } from '../../../../src/engine/plan/heldWeights.ts';

describe('ways to hold weights', () => {
  it('are float32 first, on CUDA as stored; a lookup only where it is asked for', () => {
    assert.deepEqual(waysToHold('cpu', 'auto'), ['float32', 'cast']);
    assert.deepEqual(waysToHold('cuda', 'auto'), ['cast', 'float32']);
    assert.deepEqual(waysToHold('cuda', 'float32'), ['float32']);
    assert.deepEqual(waysToHold('webgpu', 'auto'), ['float32']);
    assert.deepEqual(waysToHold('webgpu', 'stored'), ['lookup']);
    assert.deepEqual(waysToHold('cuda', 'stored'), ['cast']);
    assert.deepEqual(waysToHold('cpu', 'float32'), ['float32']);
    for (const device of ['dml', 'coreml'] as const) {
      assert.deepEqual(waysToHold(device, 'auto'), ['float32']);
      assert.deepEqual(waysToHold(device, 'stored'), []);
    }
  });

  it('are tried on a device before a plan may choose them: the CPU widens both dtypes', async () => {
    assert.equal(await widensStored('cpu', 'cast'), true);
    assert.equal(await widensStored('cpu', 'lookup'), true);
  });

  it('are not taken where the device is not there', async () => {
    assert.equal(await widensStored('coreml', 'cast'), process.platform === 'darwin');
  });
});
