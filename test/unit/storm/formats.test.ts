import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { InputError } from '../../../src/errors.ts';
import { type Format, storm } from '../../storm/format.ts';
import { untrustedFormats } from '../../storm/formats.ts';

/*
 * A few thousand inputs that are nearly right, the same every time. `test/storm/fuzz.ts` reads as many others as one likes.
 */
describe('a storm', () => {
  it('tells a fault from a refusal, each kind once, with its input', async () => {
    const read = async (input: number) => {
      if (input % 4 === 1) throw new InputError('It is odd.');
      if (input % 4 === 2) throw new TypeError('undefined has no length');
      if (input % 4 === 3) throw new InputError('x'.repeat(1e6));
    };
    const format = { name: 'numbers', inputs: fc.nat(), read } as unknown as Format;
    const { tried, refused, accepted, faulty, faults } = await storm(format, 200, 1);
    assert.deepEqual([tried, refused + accepted + faulty], [200, 200]);
    assert.ok(refused > 0 && accepted > 0 && faulty > 0);
    assert.equal(faults.length, 2);
    assert.match(faults.join(), /TypeError: undefined has no length[\s\S]*\n {2}for \d+/);
    assert.match(faults.join(), /a message of 1000000 characters: xxx/);
  });
});

describe('untrusted formats, read or refused in a sentence', () => {
  const seed = 20260609;
  const inputs = 400;
  let folder: string;
  let formats: readonly Format[];
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'storm-'));
    formats = await untrustedFormats(folder);
  });
  after(() => rmSync(folder, { recursive: true }));

  for (const name of [
    'safetensors header',
    'shard index',
    'config.json',
    'tokenizer.json',
    'calibration lines',
    'checkpoint folder',
    'run record',
    'comparison record',
    'sweep record',
    'rollouts',
    'server replies',
    'recipe',
  ]) {
    it(name, async () => {
      const format = formats.find((each) => each.name === name)!;
      const { faults, tried, refused } = await storm(format, inputs, seed);
      assert.deepEqual(faults, []);
      assert.equal(tried, inputs);
      // Most are refused: inputs that nothing is wrong with would show nothing.
      assert.ok(refused > inputs / 3, `${refused} refused`);
    });
  }
});
