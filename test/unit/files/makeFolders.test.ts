import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, realpathSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeFolders } from '../../../src/files/writing/diskOperations.ts';

/* Folders with those above them: made once, by several at once, and never tried for ever. */

describe('making folders', () => {
  let folder: string;
  const at = (...names: string[]) => join(folder, ...names);
  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'folders-')));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('makes what is missing, takes what is there, and links to it', async () => {
    await Promise.all([makeFolders(at('a', 'b', 'c')), makeFolders(at('a', 'b', 'd')), makeFolders(at('a', 'b', 'c'))]);
    for (const name of ['c', 'd']) assert.ok(statSync(at('a', 'b', name)).isDirectory());
    symlinkSync(at('a'), at('link'), 'junction');
    await makeFolders(at('link'));
    await makeFolders(at('link', 'e'));
    assert.ok(statSync(at('a', 'e')).isDirectory());
  });

  it('says what else has the name of one, or of one above', async () => {
    writeFileSync(at('file'), '');
    await assert.rejects(makeFolders(at('file')), { code: 'EEXIST' });
    await assert.rejects(makeFolders(at('file', 'x', 'y')));
    assert.equal(statSync(at('file')).size, 0);
  });

  it('ends where the system makes none though the folder above is there', async function () {
    if (!existsSync('/proc/self')) this.skip();
    await assert.rejects(makeFolders('/proc/rejuvenation'), { code: 'ENOENT' });
    await assert.rejects(makeFolders('/proc/rejuvenation/copies'), { code: 'ENOENT' });
  });
});
