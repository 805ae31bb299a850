import assert from 'node:assert/strict';
import fs, { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openCheckpoint } from '../../../src/checkpoint/openCheckpoint.ts';
import { commitCheckpoint } from '../../../src/commit/commit.ts';
import type { CommitOptions, CommitProgress } from '../../../src/commit/commitOptions.ts';
import { release, reserveAside } from '../../../src/files/writing/aside.ts';
import { oldNames, openPair, plainCommit, writeOldTarget, writeTinyPair } from './tinyPair.ts';

describe('commit over an old target', () => {
  let folder: string;
  let options: CommitOptions;
  const at = (...path: string[]) => join(folder, ...path);
  const { rename, rm, statfs } = fs.promises;
  beforeEach(async () => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'replacing-')));
    await writeTinyPair(folder);
    options = { ...plainCommit(folder, await openPair(folder)), overwrite: true };
    writeOldTarget(at('out'));
  });
  afterEach(() => {
    Object.assign(fs.promises, { rename, rm, statfs });
    syncBuiltinESMExports();
    rmSync(folder, { recursive: true });
  });

  /** Replaces functions of `node:fs/promises` for everyone. */
  function replace(functions: Partial<typeof fs.promises>): void {
    Object.assign(fs.promises, functions);
    syncBuiltinESMExports();
  }
  const failure = (code: string) => Object.assign(new Error(code), { code });
  const asides = () => readdirSync(folder).filter((name) => name.startsWith('.'));
  const oldText = () => readFileSync(at('out', 'old.txt'), 'utf8');

  it('keeps the old one untouched up to the end of the check', async () => {
    const seen = new Set<string>();
    const onProgress = () => {
      seen.add(readdirSync(at('out')).join());
      assert.equal(oldText(), 'old');
    };
    await commitCheckpoint({ ...options, onProgress });
    assert.deepEqual([...seen], [oldNames.join()]);
    assert.equal(existsSync(at('out', 'old.txt')), false);
  });

  it('keeps the old one when it is stopped after the very last check', async () => {
    const abort = new AbortController();
    const onProgress = ({ activity, doneBytes, totalBytes }: CommitProgress) => {
      if (activity === 'check' && doneBytes === totalBytes) abort.abort();
    };
    await assert.rejects(commitCheckpoint({ ...options, signal: abort.signal, onProgress }), { name: 'Interrupted' });
    assert.equal(oldText(), 'old');
    assert.deepEqual(asides(), []);
  });

  it('keeps the old one when an input cannot be read any more', async () => {
    const { pair } = options;
    rmSync(at('base', 'model.safetensors'));
    await assert.rejects(commitCheckpoint({ ...options, pair }), {
      name: 'InputError',
      message: `Cannot read "${at('base', 'model.safetensors')}": there is no such file.`,
    });
    assert.equal(oldText(), 'old');
    assert.deepEqual(asides(), []);
  });

  for (const [failing, call] of [
    ['moving the old one aside', 1],
    ['giving the new one its name', 2],
  ] as const) {
    it(`has the old one back when ${failing} fails`, async () => {
      let calls = 0;
      replace({
        rename: (from, to) => (++calls === call ? Promise.reject(failure('EACCES')) : rename(from, to)),
      });
      await assert.rejects(commitCheckpoint(options), {
        name: 'InputError',
        message: `Cannot write "${at('out')}": permission is denied.`,
      });
      assert.equal(calls, call === 1 ? 1 : 3);
      assert.equal(oldText(), 'old');
      assert.deepEqual(asides(), []);
    });
  }

  it('is done when the old one cannot be deleted, and deletes it next time', async () => {
    replace({ rm: () => Promise.reject(failure('EBUSY')) });
    await commitCheckpoint(options);
    replace({ rm });
    await openCheckpoint(at('out'));
    assert.match(asides().join(), /^\.out\.rejuvenation-previous-[^,]*$/);
    await commitCheckpoint(options);
    assert.deepEqual(asides(), []);
  });

  it('looks for room only after the leftovers of a killed process are gone', async () => {
    const leftover = reserveAside(at('out'), 'staging');
    release(leftover);
    mkdirSync(leftover);
    // A disk that the leftover fills.
    replace({
      statfs: (async (path: string) => ({
        ...(await statfs(path)),
        bavail: existsSync(leftover) ? 0 : 2 ** 40,
      })) as typeof statfs,
    });
    await commitCheckpoint(options);
    await openCheckpoint(at('out'));
    assert.deepEqual(asides(), []);
  });
});
