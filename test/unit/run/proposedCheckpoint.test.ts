import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isUsersFolder, proposedCheckpoint } from '../../../src/run/files/proposedCheckpoint.ts';

describe('where a rejuvenated checkpoint is proposed to go', () => {
  let folder: string;
  const own = () => join(folder, 'extension');

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'proposed-'));
    await mkdir(join(own(), 'media', 'sample', 'sft-over'), { recursive: true });
    await mkdir(join(folder, 'models', 'sft'), { recursive: true });
    await mkdir(join(folder, 'runs'));
    await symlink(join(own(), 'media'), join(folder, 'linked'));
  });
  after(() => rm(folder, { recursive: true }));

  const place = (...sft: string[]) => ({
    sft: join(folder, ...sft),
    record: join(folder, 'runs', 'run.rejuvenation.json'),
    own: own(),
  });

  it('is beside the SFT checkpoint, and tells alpha and rho', async () => {
    assert.equal(
      await proposedCheckpoint(place('models', 'sft'), { alpha: 0.5, rho: 0.001 }),
      join(folder, 'models', 'sft-rejuvenated-alpha0.5-rho0.001'),
    );
  });

  it('is numbered where that is taken', async () => {
    await mkdir(join(folder, 'models', 'sft-rejuvenated-alpha1-rho0'));
    assert.equal(
      await proposedCheckpoint(place('models', 'sft'), { alpha: 1, rho: 0 }),
      join(folder, 'models', 'sft-rejuvenated-alpha1-rho0-2'),
    );
  });

  for (const sft of [
    ['extension', 'media', 'sample', 'sft-over'],
    ['linked', 'sample', 'sft-over'],
    ['extension', 'sft'],
    ['gone', 'sft'],
  ]) {
    it(`is beside the record for an SFT checkpoint in ${sft.slice(0, -1).join('/')}`, async () => {
      assert.equal(
        await proposedCheckpoint(place(...sft), { alpha: 0.45, rho: 1 / 3 }),
        join(folder, 'runs', `${sft.at(-1)}-rejuvenated-alpha0.45-rho0.333`),
      );
    });
  }

  it('takes a folder beside the program for the user’s', async () => {
    await mkdir(`${own()}-2`);
    assert.equal(await isUsersFolder(`${own()}-2`, own()), true);
    assert.equal(await isUsersFolder(own(), own()), false);
  });
});
