import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stopTokensOf } from '../../../src/checkpoint/stopTokens.ts';
import { InputError } from '../../../src/errors.ts';

describe('stop tokens', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'stop-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const write = (name: string, content: unknown) =>
    writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));

  for (const [what, config, generation, expected] of [
    ['a number', {}, { eos_token_id: 5 }, [5]],
    ['a list', { eos_token_id: 1 }, { eos_token_id: [5, 7, 5] }, [5, 7]],
    ['null, which is none', { eos_token_id: 1 }, { eos_token_id: null }, []],
    ["the config's where the other does not say", { eos_token_id: [1, 2] }, {}, [1, 2]],
    ["the config's where there is no other", { eos_token_id: 1 }, undefined, [1]],
    ['none at all', {}, undefined, []],
  ] as const) {
    it(what, async () => {
      write('config.json', config);
      if (generation !== undefined) write('generation_config.json', generation);
      assert.deepEqual(await stopTokensOf(folder), expected);
    });
  }

  for (const wrong of [
    { eos_token_id: '5' },
    { eos_token_id: -1 },
    { eos_token_id: [1, null] },
    [],
    '{',
    { eos_token_id: 1.5 },
  ]) {
    it(`refuses ${JSON.stringify(wrong)}, naming the file`, async () => {
      write('config.json', {});
      write('generation_config.json', wrong);
      await assert.rejects(
        stopTokensOf(folder),
        (error: Error) => error instanceof InputError && error.message.includes('generation_config.json'),
      );
    });
  }
});
