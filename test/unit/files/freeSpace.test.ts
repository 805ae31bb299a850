import assert from 'node:assert/strict';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkFreeSpace, toldApart } from '../../../src/files/writing/freeSpace.ts';

describe('free space', () => {
  const { statfs } = fs.promises;
  afterEach(() => {
    Object.assign(fs.promises, { statfs });
    syncBuiltinESMExports();
  });

  it('is told with as many digits as tell it from what is needed', () => {
    assert.deepEqual(toldApart(12e9, 140e9), ['12.0 GB', '140.0 GB']);
    assert.deepEqual(toldApart(139.96e9, 140.02e9), ['139.96 GB', '140.02 GB']);
    assert.deepEqual(toldApart(1_500_000, 1_700_000), ['0.0015 GB', '0.0017 GB']);
    assert.deepEqual(toldApart(1_703_936, 1_703_937), ['0.001703936 GB', '0.001703937 GB']);
    assert.deepEqual(toldApart(0, 2e6), ['0.000 GB', '0.002 GB']);
  });

  it('that is missing is said so that the two sizes differ', async () => {
    Object.assign(fs.promises, { statfs: async () => ({ blocks: 1e6, bavail: 399, bsize: 4096 }) });
    syncBuiltinESMExports();
    await assert.rejects(checkFreeSpace('/x/out', 1_700_000), {
      name: 'InputError',
      message: '"/x" has 0.0016 GB free, but the checkpoint needs 0.0017 GB: make room, or choose another place.',
    });
    await checkFreeSpace('/x/out', 1_600_000);
  });

  it('is asked of the disk that the place lies on', async () => {
    const out = join(tmpdir(), 'out');
    const message =
      /" has \S+ GB free, but the checkpoint needs 1000000000\.0 GB: make room, or choose another place\.$/;
    await assert.rejects(checkFreeSpace(out, 1e18), { name: 'InputError', message });
    await checkFreeSpace(out, 1);
  });
});
