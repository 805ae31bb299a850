import assert from 'node:assert/strict';
import type { Gpu } from '../../../../src/engine/device/gpus.ts';
import { memoryBudget } from '../../../../src/engine/plan/memoryBudget.ts';
import { deviceText } from '../../../../src/run/progress/runEvents.ts';

const gpu = (number: number, freeBytes: number, memoryBytes = 80e9): Gpu => ({
  number,
  uuid: `GPU-${number}abc`,
  name: 'H100',
  memoryBytes,
  freeBytes,
});
const used = (...ids: string[]) => ids.map((id) => ({ label: `GPU ${id}`, id }));
const two = [gpu(0, 70e9), gpu(1, 40e9)];

describe('memory budget', () => {
  it('is what was asked for, beside what is free', () => {
    assert.deepEqual(memoryBudget(12e9, 'cpu', 1, [], [], 10e9), { bytes: 12e9, freeBytes: 10e9 });
    assert.deepEqual(memoryBudget(12e9, 'cuda', 1, used('1'), two, 99e9), { bytes: 12e9, freeBytes: 40e9 });
  });

  it('is four fifths of what is free on the device', () => {
    assert.deepEqual(memoryBudget(0, 'cpu', 1, [], two, 10e9), { bytes: 8e9, freeBytes: 10e9 });
    assert.deepEqual(memoryBudget(0, 'cuda', 1, used('0'), two, 99e9), { bytes: 56e9, freeBytes: 70e9 });
    assert.deepEqual(memoryBudget(0, 'cuda', 1, used('GPU-1a'), two, 99e9), { bytes: 32e9, freeBytes: 40e9 });
  });

  it('is shared by the processes on one device, and fits the fullest of several', () => {
    assert.equal(memoryBudget(0, 'cpu', 4, [], [], 10e9).bytes, 2e9);
    assert.equal(memoryBudget(0, 'cuda', 2, used('0', '1'), two, 99e9).bytes, 32e9);
    assert.equal(memoryBudget(0, 'cuda', 3, used('0', '1'), two, 99e9).bytes, 16e9);
    // WebGPU chooses its GPU itself.
    assert.equal(memoryBudget(0, 'webgpu', 1, [], two, 99e9).bytes, 32e9);
  });

  it('is no more on a GPU than the machine has for what waits', () => {
    assert.deepEqual(memoryBudget(0, 'cuda', 1, used('0'), two, 10e9), { bytes: 8e9, freeBytes: 10e9 });
    assert.equal(memoryBudget(0, 'cuda', 2, used('0', '1'), two, 10e9).bytes, 4e9);
  });

  it('is 4 GB on a GPU that does not tell, or less where the machine has less', () => {
    const untold = { bytes: 4e9, freeBytes: undefined };
    assert.deepEqual(memoryBudget(0, 'webgpu', 1, [], [], 64e9), untold);
    assert.deepEqual(memoryBudget(0, 'webgpu', 1, [], [gpu(0, 0, 0)], 64e9), untold);
    assert.deepEqual(memoryBudget(0, 'cuda', 1, used('MIG-7'), two, 64e9), untold);
    assert.deepEqual(memoryBudget(0, 'coreml', 1, [], two, 64e9), untold);
    assert.equal(memoryBudget(0, 'webgpu', 1, [], [], 3e9).bytes, 2.4e9);
  });

  it('asks this machine', () => {
    const { bytes, freeBytes } = memoryBudget(0, 'cpu', 1, [], []);
    assert.ok(freeBytes !== undefined && freeBytes > 0);
    assert.equal(bytes, Math.floor(freeBytes * 0.8));
  });

  it('is said with the device', () => {
    const text = (bytes: number, freeBytes: number | undefined, processes = 1, gpus: string[] = []) =>
      deviceText({ type: 'device', device: 'cuda', refused: [], processes, gpus, memory: { bytes, freeBytes } });
    assert.equal(text(4e9, undefined), 'cuda, 4 GB of memory');
    assert.equal(text(4e9, 5e9), 'cuda, 4 GB of memory (5 GB free)');
    assert.equal(text(8e9, 5e9), 'cuda, 8 GB of memory (only 5 GB free)');
    const both = 'cuda, 2 processes on GPU 0, GPU 1, 4 GB of memory each (5 GB free)';
    assert.equal(text(4e9, 5e9, 2, ['GPU 0', 'GPU 1']), both);
    const products = (form: 'float32' | 'split' | 'tf32') =>
      deviceText({ type: 'device', device: 'cuda', refused: [], products: form });
    assert.equal(products('float32'), 'cuda');
    assert.equal(products('split'), 'cuda, products split for tensor cores');
    assert.equal(products('tf32'), 'cuda, products in TF32');
  });
});
