import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readRecord } from '../../src/record/run/recordFile.ts';
import { checkpointFixtures } from '../paths.ts';
import { rejuvenate } from './rejuvenate.ts';

describe('--stage', () => {
  it('changes nothing of a record, and leaves copies that are named', async () => {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'staged-')));
    try {
      const pair = join(checkpointFixtures, 'tiny-qwen3-tied');
      const attribute = async (name: string, ...more: string[]) => {
        const path = join(folder, `${name}.rejuvenation.json`);
        const outcome = await rejuvenate([
          ...['attribute', '--base', join(pair, 'base'), '--sft', join(pair, 'sft'), '--record', path],
          ...['--calibration', join(checkpointFixtures, 'tiny-calibration.jsonl'), '--top-n', '2', '--device', 'cpu'],
          ...['--memory', '200MB', '--threads', '1', ...more],
        ]);
        assert.equal(outcome.exitCode, 0, outcome.stderr);
        const { record } = await readRecord(path);
        const arrays = createHash('sha256')
          .update(readFileSync(path.replace(/json$/, 'safetensors')))
          .digest('hex');
        const measurements = record.measurements.map(({ measured: _, ...others }) => others);
        return { outcome, arrays, inputs: record.inputs, settings: record.settings, measurements };
      };
      const local = join(folder, 'local');
      const plain = await attribute('plain');
      const staged = await attribute('staged', '--stage', local);
      assert.deepEqual({ ...staged, outcome: undefined }, { ...plain, outcome: undefined });
      const [copies] = readdirSync(local);
      assert.ok(staged.outcome.stderr.includes(`delete "${join(local, copies!)}"`), staged.outcome.stderr);
      assert.equal(readdirSync(join(local, copies!)).filter((name) => !name.endsWith('.notes')).length, 2);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
