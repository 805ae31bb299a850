import assert from 'node:assert/strict';
import { parseGpus, visibleGpus } from '../../../../src/engine/device/gpus.ts';
import { processSettings } from '../../../../src/engine/process/processSettings.ts';
import { shownGpu } from '../../../../src/run/progress/shownGpu.ts';

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

  it('have no memory of their own where the driver tells none', () => {
    const [gpu] = parseGpus('0, GPU-1, NVIDIA GB10, [N/A], [N/A]');
    assert.deepEqual([gpu!.memoryBytes, gpu!.freeBytes], [0, 0]);
    assert.equal(shownGpu(gpu!), 'NVIDIA GB10');
    assert.equal(shownGpu(all[0]!), 'NVIDIA H100 80GB HBM3, 85.5 GB, 84.9 GB free');
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

describe('processes', () => {
  const gpus = visibleGpus([], '2,5');
  const asked = { memoryBytes: 1e9, processes: 0, threads: 0 };
  const ids = (settings: ReturnType<typeof processSettings>) => settings.map(({ gpu }) => gpu?.id);

  it('are one for each GPU, each of which sees its own alone', () => {
    assert.deepEqual(ids(processSettings(asked, gpus)), ['2', '5']);
  });

  it('take the first GPUs when fewer are asked for, and share them when more are', () => {
    assert.deepEqual(ids(processSettings({ ...asked, processes: 1 }, gpus)), ['2']);
    assert.deepEqual(ids(processSettings({ ...asked, processes: 3 }, gpus)), ['2', '5', '2']);
  });

  it('are one without a GPU, whose threads need not let go of their cores', () => {
    const alone = { memoryBytes: 1e9, threads: 0, spinning: true, gpu: undefined };
    assert.deepEqual(processSettings(asked, []), [alone]);
    const two = { ...alone, threads: 6, spinning: false };
    assert.deepEqual(processSettings({ ...asked, processes: 2, threads: 6 }, []), [two, two]);
  });
});
