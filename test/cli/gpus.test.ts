import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setEnvironment } from '../environment.ts';
import { rejuvenate } from './rejuvenate.ts';

describe('doctor on a machine with two GPUs', () => {
  let folder: string;
  let restore: () => void;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'gpus-'));
    const driver = join(folder, 'nvidia-smi');
    const rows = ['0, GPU-a, NVIDIA H100 80GB HBM3, 81559, 80995', '1, GPU-b, NVIDIA L4, 23034, 100'];
    writeFileSync(driver, `#!/bin/sh\ncat <<'END'\n${rows.join('\n')}\nEND\n`);
    chmodSync(driver, 0o755);
    restore = setEnvironment({ PATH: `${folder}${delimiter}${process.env['PATH']}` });
  });
  after(() => {
    restore();
    rmSync(folder, { recursive: true });
  });

  it('lists both with their memory', async () => {
    const { exitCode, stdout, stderr } = await rejuvenate(['doctor']);
    assert.equal(exitCode, 0, stderr);
    assert.match(stdout, /^GPU 0 +NVIDIA H100 80GB HBM3, 85\.5 GB, 84\.9 GB free$/m);
    assert.match(stdout, /^GPU 1 +NVIDIA L4, 24\.2 GB, 105 MB free$/m);
  });

  it('gives them in JSON', async () => {
    const { stdout } = await rejuvenate(['doctor', '--json']);
    const { gpus } = JSON.parse(stdout) as { readonly gpus: readonly { readonly uuid: string }[] };
    assert.deepEqual(
      gpus.map(({ uuid }) => uuid),
      ['GPU-a', 'GPU-b'],
    );
  });
});
