import assert from 'node:assert/strict';
import { parseGpus, visibleGpus } from '../../../src/engine/gpus.ts';

const answer = `0, GPU-5c7b, NVIDIA H100 80GB HBM3, 81559, 80995
1, GPU-91ee, NVIDIA H100 80GB HBM3, 81559, 12
`;

describe('GPUs', () => {
  const all = parseGpus(answer);

  it('are read as the driver lists them', () => {
    const name = 'NVIDIA H100 80GB HBM3';
    const memoryBytes = 81559 * 2 ** 20;
    assert.deepEqual(all, [
      { number: 0, uuid: 'GPU-5c7b', name, memoryBytes, freeBytes: 80995 * 2 ** 20 },
      { number: 1, uuid: 'GPU-91ee', name, memoryBytes, freeBytes: 12 * 2 ** 20 },
    ]);
  });

  it('are none where the driver says something else', () => {
    assert.deepEqual(parseGpus('No devices were found\n'), []);
    assert.deepEqual(parseGpus(''), []);
  });

  for (const [variable, ids] of [
    [undefined, ['GPU-5c7b', 'GPU-91ee']],
    ['1', ['1']],
    ['1, 0', ['1', '0']],
    ['GPU-91ee,MIG-0a/1/2', ['GPU-91ee', 'MIG-0a/1/2']],
    ['0,-1,1', ['0']],
    ['', []],
    ['NoDevFiles', []],
  ] as const) {
    it(`with CUDA_VISIBLE_DEVICES=${variable ?? '(unset)'} are ${ids.join(' ') || 'none'}`, () => {
      assert.deepEqual(
        visibleGpus(all, variable).map(({ id }) => id),
        ids,
      );
    });
  }

  it('are called by their numbers', () => {
    assert.deepEqual(
      visibleGpus(all, undefined).map(({ label }) => label),
      ['GPU 0', 'GPU 1'],
    );
    assert.deepEqual(
      visibleGpus(all, '3,GPU-91ee').map(({ label }) => label),
      ['GPU 3', 'GPU-91ee'],
    );
  });
});
