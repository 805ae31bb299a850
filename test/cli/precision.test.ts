import assert from 'node:assert/strict';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readRecord } from '../../src/record/run/recordFile.ts';
import { fixtures } from '../paths.ts';
import { rejuvenate } from './rejuvenate.ts';

describe('--precision', () => {
  const name = 'tiny-qwen2-tied';
  const checkpoint = (side: string) => join(fixtures, 'checkpoints', name, side);
  let folder: string;
  let record: string;
  before(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'precision-')));
    record = join(folder, 'p.rejuvenation.json');
  });
  after(() => rmSync(folder, { recursive: true }));

  it('of a run on the CPU is recorded, and its products are float32', async () => {
    const { exitCode, stderr } = await rejuvenate([
      ...['attribute', '--base', checkpoint('base'), '--sft', checkpoint('sft'), '--record', record],
      ...['--calibration', join(fixtures, 'checkpoints', 'tiny-calibration.jsonl'), '--rho', '0.02', '--top-n', '3'],
      ...['--device', 'cpu', '--precision', 'tf32'],
    ]);
    assert.equal(exitCode, 0, stderr);
    const { settings, engine } = (await readRecord(record)).record;
    assert.equal(settings.precision, 'tf32');
    assert.equal(engine.products, 'float32');
  });

  it('is known to every command that measures, with the same choices', async () => {
    for (const command of [
      ['run', '--base', 'b', '--sft', 's', '--calibration', 'c', '--out', 'o'],
      ['attribute', '--base', 'b', '--sft', 's', '--calibration', 'c', '--record', 'r'],
      ['verify', record, checkpoint('sft')],
      ['diff', checkpoint('base'), checkpoint('sft')],
    ]) {
      const { exitCode, stderr } = await rejuvenate([...command, '--precision', 'half']);
      assert.equal(exitCode, 2);
      assert.match(stderr, /'half' is invalid.*exact, float32, tf32/s);
    }
    const verified = await rejuvenate([
      'verify',
      record,
      checkpoint('sft'),
      '--device',
      'cpu',
      '--precision',
      'float32',
    ]);
    assert.equal(verified.exitCode, 0, verified.stderr);
  });
});
