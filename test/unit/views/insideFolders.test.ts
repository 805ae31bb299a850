import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isInsideFolders } from '../../../src/views/jobs/insideFolders.ts';

describe('a folder that a record in an untrusted workspace names', () => {
  let folder: string;
  const at = (path: string) => `${folder}/${path}`;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'inside-'));
    for (const each of ['work/model', 'outside/model', 'workbench']) mkdirSync(at(each), { recursive: true });
    symlinkSync(at('outside'), at('work/out'));
    symlinkSync(at('work'), at('alias'));
  });
  after(() => rmSync(folder, { recursive: true }));

  const rows: readonly (readonly [path: string, inside: boolean])[] = [
    ['work', true],
    ['work/model', true],
    ['work/./model/../model', true],
    ['work/not-there', true],
    ['outside/model', false],
    ['workbench', false],
    ['work/../outside/model', false],
    ['work/out/model', false],
    ['alias/model', false],
  ];
  for (const [path, inside] of rows) {
    it(`${path} ${inside ? 'may' : 'may not'} be looked at`, () => {
      assert.equal(isInsideFolders(at(path), [at('work')]), inside);
    });
  }

  it('may be looked at in a workspace that was opened through a symlink', () => {
    assert.equal(isInsideFolders(at('alias/model'), [at('alias')]), true);
  });

  it('is no place where it is not absolute, or where no folder is open', () => {
    assert.equal(isInsideFolders('model', [process.cwd()]), false);
    assert.equal(isInsideFolders(at('work'), []), false);
  });
});
