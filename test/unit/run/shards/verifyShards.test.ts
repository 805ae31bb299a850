import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { InputError, RunError } from '../../../../src/errors.ts';
import { readRecord } from '../../../../src/record/run/recordFile.ts';
import { attributionRun } from '../../../../src/run/attributionRun.ts';
import { verifyShardRun } from '../../../../src/run/verification/verifyShardRun.ts';
import { verifyRun } from '../../../../src/run/verifyRun.ts';
import { defaultSettings, type RunSettings } from '../../../../src/settings/runSettings.ts';
import { fixtures } from '../../../paths.ts';
import { fastFolder } from '../../../storm/fastFolder.ts';
import { GoldenEngine, type Incident } from '../goldenEngine.ts';

const name = 'tiny-qwen2-tied';
const checkpoints = join(fixtures, 'checkpoints');
const [base, sft] = [join(checkpoints, name, 'base'), join(checkpoints, name, 'sft')];
const inputs = { base, sft, calibration: [join(checkpoints, 'tiny-calibration.jsonl')] };
const settings: RunSettings = { ...defaultSettings, rho: 0.02, topN: 3, memoryBytes: 1e9, threads: 1 };

describe('a verification in shards', () => {
  let folder: string;
  const at = (...path: string[]) => join(folder, ...path);
  beforeEach(() => {
    folder = mkdtempSync(join(fastFolder, 'verify-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  async function context(incident?: Incident) {
    const engine = await GoldenEngine.open(name, incident);
    return { signal: new AbortController().signal, onEvent: () => undefined, startEngine: async () => engine };
  }

  it('measures what one process measures, goes on where one died, and saves the same', async () => {
    const record = at('a.rejuvenation.json');
    await attributionRun({ inputs, outputs: { record }, settings, overwrite: false }, await context());
    const asked = { ...settings, record, checkpoints: [sft, base] };
    const partials = at('v');
    const shard = async (index: number, incident?: Incident) =>
      verifyShardRun({ ...asked, shard: { index, count: 2 }, partials }, await context(incident));
    await assert.rejects(shard(0, { after: 1, happens: 'death' }), RunError);
    assert.deepEqual(
      (await shard(0)).parts.map(({ before }) => before),
      [false, false],
    );
    const read = async (save: boolean) => verifyRun({ ...asked, save, partials }, await context());
    const wrong = (pattern: RegExp) => (error: unknown) => error instanceof InputError && pattern.test(error.message);
    await assert.rejects(
      read(false),
      wrong(/verify-0001-of-0002\.partial" is missing: run that shard with --shard 1\/2\.$/),
    );
    await shard(1);
    assert.deepEqual(
      (await shard(1)).parts.map(({ before }) => before),
      [true, true],
    );
    const whole = await verifyRun({ ...asked, save: false }, await context());
    const means = ({ measured }: typeof whole) => measured.map((entry) => ({ ...entry, measured: undefined }));
    assert.deepEqual(means(await read(false)), means(whole));
    const before = (await readRecord(record)).record.arrays.sha256;
    await read(true);
    assert.equal((await readRecord(record)).record.arrays.sha256, before);
    // Another checkpoint's, in its place.
    copyFileSync(at('v', '1', 'verify-0000-of-0002.partial'), at('v', '0', 'verify-0000-of-0002.partial'));
    await assert.rejects(read(false), wrong(/is of another run, with another checkpoint: delete/));
    assert.deepEqual(readdirSync(at('v')), ['0', '1']);
  });
});
