import assert from 'node:assert/strict';
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openCheckpoint } from '../../../src/checkpoint/openCheckpoint.ts';
import { commitCheckpoint } from '../../../src/commit/commit.ts';
import { release, reserveAside } from '../../../src/files/writing/aside.ts';
import { cleanLeftovers } from '../../../src/files/writing/leftovers.ts';
import { listing, openPair, plainCommit, writeOldTarget, writeTinyPair } from './tinyPair.ts';

const script = join(import.meta.dirname, 'killedCommit.ts');

describe('commit after a kill', () => {
  let folder: string;
  const at = (...path: string[]) => join(folder, ...path);
  beforeEach(async () => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'killed-')));
    await writeTinyPair(folder);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const target = (): 'none' | 'old' | 'complete' => {
    if (!existsSync(at('out'))) return 'none';
    if (existsSync(at('out', 'old.txt'))) return 'old';
    return existsSync(at('out', 'rejuvenation.json')) ? 'complete' : assert.fail('a half-made target');
  };
  // What lies aside; the lock of the moment of naming is none of it.
  const asides = () => readdirSync(folder).filter((name) => /^\..*-(staging|previous)-/.test(name));
  const run = (command: string, ...args: string[]): SpawnSyncReturns<string> =>
    spawnSync(command, args, { encoding: 'utf8' });
  const kill = (point: string) => {
    const { signal, stdout, stderr } = run(process.execPath, '--import', 'tsx', script, folder, point);
    assert.equal(signal, 'SIGKILL', stdout + stderr);
  };

  // Where the kill comes, and what is there then: with an old target, and without one.
  const points = [
    ['mkdir:1', 'old', 'none'],
    ['fuse', 'old', 'none'],
    ['write', 'old', 'none'],
    ['check', 'old', 'none'],
    ['rename:1', 'old', 'none'],
    ['rename:2', 'none', undefined],
    ['rm:1', 'complete', undefined],
  ] as const;
  for (const [point, withOld, withoutOld] of points) {
    for (const expected of withoutOld === undefined ? [withOld] : [withOld, withoutOld]) {
      const old = expected === withOld;
      it(`at ${point}, ${old ? 'replacing an old target' : 'without an old target'}: ${expected}`, async () => {
        if (old) {
          writeOldTarget(at('out'));
        }
        kill(point);
        assert.equal(target(), expected);
        if (expected === 'complete') await openCheckpoint(at('out'));
        assert.equal(asides().length, point === 'mkdir:1' ? 0 : point === 'rename:2' ? 2 : 1);
        const again = plainCommit(folder, await openPair(folder));
        if (old) {
          // The old target is back, or its successor there; without leave to overwrite neither is touched.
          await assert.rejects(commitCheckpoint(again), /exists already/);
          assert.equal(target(), expected === 'none' ? 'old' : expected);
          assert.deepEqual(asides(), []);
        }
        await commitCheckpoint({ ...again, overwrite: old });
        assert.equal(target(), 'complete');
        await openCheckpoint(at('out'));
        assert.deepEqual(readdirSync(folder).sort(), ['base', 'out', 'sft']);
      });
    }
  }

  it('says in words that a file may not become so large, and leaves nothing', () => {
    const before = listing(folder);
    // In blocks of 512 or 1024 bytes, by shell; the weights have 1.6 kB.
    writeFileSync(at('sft', 'vocab.json'), ' '.repeat(100_000));
    const { stdout, stderr } = run(
      'bash',
      '-c',
      'ulimit -f 40; exec "$@"',
      'bash',
      process.execPath,
      '--import',
      'tsx',
      ...[script, folder, 'none'],
    );
    rmSync(at('sft', 'vocab.json'));
    assert.equal(
      stdout,
      `InputError: Cannot write "${at('out', 'vocab.json')}": the file system allows no file of this size.\n`,
      stderr,
    );
    assert.deepEqual(listing(folder), before);
  });

  describe('leftovers', () => {
    /** Makes a leftover as another process would have: its name changed in one part. */
    function leave(kind: 'staging' | 'previous', part: 'host' | 'boot' | 'pid', value: string): string {
      const path = reserveAside(at('out'), kind);
      release(path);
      const parts = path.slice(folder.length + 1).split('-');
      parts[['host', 'boot', 'pid'].indexOf(part) + 2] = value;
      const name = parts.join('-');
      writeOldTarget(at(name));
      return name;
    }
    // Above every number that a system gives; that of a process that has just ended may be another's by then.
    const dead = () => String(2 ** 31 - 1);

    it('are deleted when their process is dead or of another boot', async () => {
      leave('staging', 'pid', dead());
      leave('staging', 'pid', String(process.pid));
      leave('staging', 'boot', '00000000');
      await cleanLeftovers(at('out'));
      assert.deepEqual(asides(), []);
    });

    it('are left alone when living processes or other hosts work on them, or they are not ours', async () => {
      const living = [
        leave('staging', 'pid', String(process.ppid)),
        leave('previous', 'pid', String(process.ppid)),
        leave('staging', 'host', '00000000'),
        leave('staging', 'pid', 'x'),
        '.out.rejuvenation-staging-mine',
        '.other.rejuvenation-staging-0',
      ].sort();
      for (const name of living.filter((each) => !existsSync(at(each)))) mkdirSync(at(name));
      const own = reserveAside(at('out'), 'staging');
      mkdirSync(own);
      await cleanLeftovers(at('out'));
      assert.deepEqual(asides(), [...living, own.slice(folder.length + 1)].sort());
      release(own);
    });

    it('of an old target come back when nothing is in its place', async () => {
      leave('previous', 'pid', dead());
      await cleanLeftovers(at('out'));
      assert.equal(readFileSync(at('out', 'old.txt'), 'utf8'), 'old');
      assert.deepEqual(asides(), []);
    });

    it('of an old target stay while what is in its place is no successor', async () => {
      const name = leave('previous', 'pid', dead());
      mkdirSync(at('out'));
      await cleanLeftovers(at('out'));
      assert.deepEqual(asides(), [name]);
      writeFileSync(at('out', 'rejuvenation.json'), '{}');
      await cleanLeftovers(at('out'));
      assert.deepEqual(asides(), []);
    });
  });
});
