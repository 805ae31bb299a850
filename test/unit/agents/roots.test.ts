import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Roots } from '../../../src/agents/roots.ts';

describe('roots of agents', () => {
  let folder: string;
  const at = (...path: string[]) => join(folder, ...path);
  const roots = (...list: string[]) => new Roots(async () => list);
  const outside = { name: 'InputError', message: /lies outside the folders that may be used here/ };

  before(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'roots-')));
    for (const name of ['a', 'ab', 'b', 'elsewhere']) mkdirSync(at(name));
    writeFileSync(at('a', 'file'), '');
    writeFileSync(at('elsewhere', 'file'), '');
    symlinkSync(at('elsewhere'), at('a', 'out'));
    symlinkSync(at('b'), at('a', 'over'));
    symlinkSync('loop', at('a', 'loop'));
    symlinkSync(at('nothing'), at('a', 'dangling'));
    symlinkSync(at('a'), at('alias'));
  });
  after(() => rmSync(folder, { recursive: true }));

  it('hold what lies in them, links followed, there or not', async () => {
    const both = roots(at('a'), at('b'));
    for (const [path, place] of [
      [at('a'), at('a')],
      [at('a', 'file'), at('a', 'file')],
      [at('a', 'new', 'file'), at('a', 'new', 'file')],
      [at('a', '..', 'b', 'x'), at('b', 'x')],
      [at('a', 'over', 'x'), at('b', 'x')],
      ['file', at('a', 'file')],
    ] as const) {
      assert.equal(await both.inside(path), place);
    }
    // A root may be a link itself, and be named either way.
    assert.equal(await roots(at('alias')).inside(at('alias', 'file')), at('a', 'file'));
    assert.equal(await roots(at('alias')).inside(at('a', 'file')), at('a', 'file'));
  });

  it('refuse everything else', async () => {
    const one = roots(at('a'));
    const paths = [
      ...[folder, at('ab'), at('b'), '/', '..', '../b', at('a', '..'), at('a', '..', 'ab', 'x'), '../a/../b'],
      ...[at('a', 'out'), at('a', 'out', 'file'), at('a', 'out', 'new'), at('a', 'over'), at('a', 'loop')],
      ...[at('a', 'dangling'), at('alias', 'file'), '/etc/passwd', '/proc/self/root'],
    ];
    for (const path of paths) await assert.rejects(one.inside(path), outside, path);
    await assert.rejects(one.free(at('a', 'file'), 'record'), {
      name: 'InputError',
      message: /exists: agents replace/,
    });
    await assert.rejects(roots().inside(at('a')), { name: 'InputError', message: /No folder may be used/ });
  });

  it('say the same of what is outside, whether it is there or not', async () => {
    const said = async (path: string) => {
      const error: unknown = await roots(at('a'))
        .inside(path)
        .catch((each: unknown) => each);
      assert.ok(error instanceof Error);
      return error.message.replace(JSON.stringify(path), '');
    };
    assert.equal(await said(at('elsewhere', 'file')), await said(at('elsewhere', 'gone')));
  });

  it('refuse a record whose other file leads out, and patterns of calibration files', async () => {
    writeFileSync(at('a', 'x.rejuvenation.json'), '{}');
    symlinkSync(at('elsewhere', 'file'), at('a', 'x.rejuvenation.safetensors'));
    await assert.rejects(roots(at('a')).record(at('a', 'x.rejuvenation.json')), outside);
    await assert.rejects(roots(at('a')).calibration([at('a', '*')]), { name: 'InputError', message: /is a pattern/ });
  });
});
