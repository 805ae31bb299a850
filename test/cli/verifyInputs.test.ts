import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkpointFixtures } from '../paths.ts';
import { rejuvenate } from './rejuvenate.ts';

describe('verify, of a base and an SFT checkpoint that are others by now', () => {
  let folder: string;
  const at = (path: string) => join(folder, path);
  const record = () => at('r.rejuvenation.json');

  before(async () => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'verify-')));
    for (const side of ['base', 'sft'])
      cpSync(join(checkpointFixtures, 'tiny-qwen2-tied', side), at(side), { recursive: true });
    const { exitCode, stderr } = await rejuvenate([
      ...['attribute', '--base', at('base'), '--sft', at('sft'), '--record', record(), '--device', 'cpu'],
      ...['--calibration', join(checkpointFixtures, 'tiny-calibration.jsonl'), '--samples', '2', '--top-n', '1'],
    ]);
    assert.equal(exitCode, 0, stderr);
  });
  after(() => rmSync(folder, { recursive: true }));

  for (const [side, other] of [
    ['base', 'sft'],
    ['sft', 'base'],
  ] as const) {
    it(`refuses another ${side} in the place of the record's, and leaves the record as it is`, async () => {
      const before = readFileSync(record());
      const weights = join(at(side), 'model.safetensors');
      const own = readFileSync(weights);
      writeFileSync(weights, readFileSync(join(checkpointFixtures, 'tiny-qwen2-tied', other, 'model.safetensors')));
      const changed = await rejuvenate(['verify', record(), at(side), '--device', 'cpu', '--save']);
      assert.equal(changed.exitCode, 2);
      assert.match(
        changed.stderr,
        /model\.safetensors" is not the file that the record was made from: attribute again\./,
      );
      assert.ok(readFileSync(record()).equals(before));
      // The same bytes at another time are the same file.
      writeFileSync(weights, own);
      const { exitCode, stderr } = await rejuvenate(['verify', record(), at(side), '--device', 'cpu']);
      assert.equal(exitCode, 0, stderr);
    });
  }
});
