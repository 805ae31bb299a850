import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkpointFixtures, fixtures } from '../paths.ts';
import { growVocabulary } from './grownVocabulary.ts';
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

describe('verify, of what is read besides the checkpoint that is named', () => {
  let folder: string;
  const at = (path: string) => join(folder, path);
  const record = () => at('r.rejuvenation.json');
  const other = /model\S*\.safetensors" is not the file that the record was made from: attribute again\./;

  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'verify-')));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  async function attribute(pair: string, change: () => Promise<void> = async () => undefined): Promise<void> {
    for (const side of ['base', 'sft']) cpSync(join(checkpointFixtures, pair, side), at(side), { recursive: true });
    await change();
    const { exitCode, stderr } = await rejuvenate([
      ...['attribute', '--base', at('base'), '--sft', at('sft'), '--record', record(), '--device', 'cpu'],
      ...['--calibration', join(checkpointFixtures, 'tiny-calibration.jsonl'), '--samples', '2', '--top-n', '1'],
    ]);
    assert.equal(exitCode, 0, stderr);
  }
  const verify = (named: string) => rejuvenate(['verify', record(), at(named), '--device', 'cpu']);

  it('refuses another SFT whose rows would complete the base', async () => {
    await attribute('tiny-qwen2-tied', () => growVocabulary(at('sft'), 3));
    const own = await verify('base');
    assert.equal(own.exitCode, 0, own.stderr);
    const [name, bytes] = [at('sft/model.safetensors'), readFileSync(at('sft/model.safetensors'))];
    bytes[bytes.length - 1]! ^= 1;
    writeFileSync(name, bytes);
    const changed = await verify('base');
    assert.equal(changed.exitCode, 2);
    assert.match(changed.stderr, other);
    assert.ok(changed.stderr.includes(name), changed.stderr);
  });

  it('refuses another base to merge an adapter into', async () => {
    await attribute('tiny-qwen3-untied-sharded');
    cpSync(join(fixtures, 'lora', 'all-linear'), at('lora'), { recursive: true });
    const own = await verify('lora');
    assert.equal(own.exitCode, 0, own.stderr);
    const name = at(`base/${readdirSync(at('base')).find((each) => each.endsWith('.safetensors'))}`);
    const bytes = readFileSync(name);
    bytes[bytes.length - 1]! ^= 1;
    writeFileSync(name, bytes);
    const changed = await verify('lora');
    assert.equal(changed.exitCode, 2);
    assert.match(changed.stderr, other);
    assert.ok(changed.stderr.includes(name), changed.stderr);
  });
});
