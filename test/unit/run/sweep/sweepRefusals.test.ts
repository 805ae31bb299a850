import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { InputError } from '../../../../src/errors.ts';
import type { SweepOptions } from '../../../../src/run/sweep/sweepRun.ts';
import { checkpointFixtures } from '../../../paths.ts';
import { writeTiny } from '../../checkpoint/tinyCheckpoint.ts';
import { pair, useSweepHome } from './sweepHome.ts';
import { WeightEngine } from './weightEngine.ts';

describe('a sweep that cannot be', () => {
  const home = useSweepHome();

  it('says what is wrong before any work', async () => {
    const refused = async (more: Partial<SweepOptions>, message: RegExp) => {
      const engine = new WeightEngine();
      await assert.rejects(home.sweep(more, engine), (error: Error) => {
        assert.ok(error instanceof InputError, String(error));
        assert.match(error.message, message);
        return true;
      });
      assert.deepEqual([engine.measured, readdirSync(home.scratch)], [[], []]);
    };
    await refused({ alphas: [1.5] }, /alpha holds 1\.5, but must lie between 0 and 1/);
    await refused({ alphas: [] }, /alpha has 0 values/);
    await refused({ rhos: [0.01, 0.01] }, /rho holds 0\.01 twice/);
    await refused({ rhos: [0.5] }, /rho is 0\.5, but the record holds ranks up to rho-max 0\.05/);
    await refused({ seeds: 0 }, /seeds is 0/);
    await refused({ anchors: [pair.base] }, /is the base itself/);
    await refused({ anchors: [pair.sft] }, /same folder/);
    const tiny = await writeTiny(join(home.folder, 'tiny'));
    await refused({ anchors: [tiny] }, /tiny/);
    await refused({ out: join(home.folder, 'b.json') }, /must be named NAME\.sweep\.json/);
    await refused({ out: join(pair.base, 'b.sweep.json') }, /lies inside the input/);
    const calibration = join(checkpointFixtures, 'tiny-calibration.jsonl');
    const prompts = join(home.folder, 'prompts.jsonl');
    const beside = (path: string) => ({ beside: [{ what: 'CSV file', path, kind: 'file' } as const], overwrite: true });
    for (const path of [home.record, join(home.folder, 'a.rejuvenation.safetensors'), calibration]) {
      await refused(beside(path), /The CSV file ".*" is the input/);
    }
    const sampling = { sample: async () => assert.fail('Nothing is sampled.'), fingerprint: null, files: [prompts] };
    await refused({ ...beside(prompts), sampling }, /The CSV file ".*prompts\.jsonl" is the input/);
    writeFileSync(join(home.folder, 'a.sweep.json'), 'mine');
    await refused({}, /exists already/);
    writeFileSync(join(home.folder, 'a.sweep.partial'), 'mine');
    await refused({ overwrite: true }, /is in the place of this sweep's unfinished work/);
    assert.equal(readFileSync(join(home.folder, 'a.sweep.partial'), 'utf8'), 'mine');
  });
});
