import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { refuseInside } from '../../../../src/run/shards/shardFolder.ts';

describe('the folder of partials', () => {
  let folder: string;
  const at = (...path: string[]) => join(folder, ...path);
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'partials-'));
    mkdirSync(at('sft'));
    symlinkSync(at('sft'), at('link'), 'junction');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('is no input or output and lies in none, by whatever name', async () => {
    for (const path of ['sft', 'sft/parts', 'link', 'link/new/parts']) {
      await assert.rejects(refuseInside(at(path), [at('base'), at('sft')]), {
        name: 'InputError',
        message: `The folder of partials "${at(path)}" is or lies inside "${at('sft')}": choose another place.`,
      });
    }
    for (const path of ['sft.parts', '.', 'new']) await refuseInside(at(path), [at('base'), at('sft')]);
  });
});
