import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Lock, refuseLongLock } from '../../../src/files/locks/lock.ts';
import { setEnvironment } from '../../environment.ts';
import { arm, disarm } from '../../storm/faults.cjs';

const script = join(import.meta.dirname, 'lockHolder.ts');
const short = { what: 'The record "x"', work: 'a commit', long: false } as const;
const long = { what: 'The record "x"', work: 'a run', long: true } as const;

describe('a lock', () => {
  let folder: string;
  let path: string;
  let children: ChildProcess[];
  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'lock-')));
    path = join(folder, 'x.lock');
    children = [];
  });
  afterEach(async () => {
    for (const child of children.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null)) {
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    }
    rmSync(folder, { recursive: true });
  });

  const start = (kind: 'long' | 'short', times: string) => {
    const child = spawn(process.execPath, ['--import', 'tsx', script, path, kind, times], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.push(child);
    return child;
  };
  async function heldByOther(kind: 'long' | 'short'): Promise<ChildProcess> {
    const child = start(kind, 'hold');
    await once(child.stdout!, 'data');
    return child;
  }
  async function kill(child: ChildProcess): Promise<void> {
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }
  const edit = (change: object) =>
    writeFileSync(path, JSON.stringify({ ...(JSON.parse(readFileSync(path, 'utf8')) as object), ...change }));

  it('says who holds it, and leaves nothing', async () => {
    const lock = await Lock.acquire(path, long);
    const { pid, work, since, token } = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
    assert.deepEqual([pid, work], [process.pid, 'a run']);
    assert.ok(Date.parse(String(since)) <= Date.now() && String(token).length === 16);
    assert.deepEqual(readdirSync(folder), ['x.lock']);
    await lock.release();
    await lock.release();
    assert.deepEqual(readdirSync(folder), []);
  });

  it('held for long work is told at once, with who holds it', async () => {
    const child = await heldByOther('long');
    const said = new RegExp(
      `^The record "x" is being written by another holder \\(process ${child.pid} on .+, since .+Z\\): wait until it is done`,
    );
    await assert.rejects(Lock.acquire(path, short), { name: 'InputError', message: said });
    await assert.rejects(refuseLongLock(path, 'The record "x"'), { name: 'InputError', message: said });
    await kill(child);
    await refuseLongLock(path, 'The record "x"');
    await (await Lock.acquire(path, short)).release();
    assert.deepEqual(readdirSync(folder), []);
  });

  it('held for a moment is waited for', async () => {
    const child = await heldByOther('short');
    const turns: string[] = [];
    const waiting = Lock.acquire(path, short).then((lock) => {
      turns.push('mine');
      return lock;
    });
    await new Promise((resolve) => setTimeout(resolve, 200));
    assert.deepEqual(turns, []);
    await kill(child);
    await (await waiting).release();
  });

  it('is had by one at a time, a stale one too, by however many want it', async () => {
    await kill(await heldByOther('long'));
    const ends = [1, 2, 3, 4, 5, 6].map(() => once(start('short', '5'), 'exit'));
    await Promise.all(ends);
    assert.equal(existsSync(`${path}-clashes`), false);
    assert.equal(readFileSync(`${path}-turns`, 'utf8').length, 30);
    assert.deepEqual(readdirSync(folder), ['x.lock-turns']);
  });

  it('of another host, or another container, is nobody\u2019s to take: it says what to do', async () => {
    await Lock.acquire(path, short);
    for (const other of [{ hardware: '00000000', host: 'far\u202e' }, { machine: '00000000' }]) {
      edit({ pid: 1, long: true, ...other });
      await assert.rejects(Lock.acquire(path, short), (error: Error) => {
        assert.match(error.message, /Whether that process still runs cannot be told from here; if it does not, delete/);
        assert.ok(!error.message.includes('\u202e'));
        return true;
      });
    }
  });

  it('of another host is taken over where a cluster has given that process up', async () => {
    await Lock.acquire(path, long);
    edit({ hardware: '00000000', boot: '11111111', pid: 7 });
    for (const [given, taken] of [
      ['00000000:11111111:8 00000000:22222222:7', false],
      ['x 00000000:11111111:7', true],
    ] as const) {
      const restore = setEnvironment({ REJUVENATE_GONE: given });
      try {
        if (taken) await (await Lock.acquire(path, short)).release();
        else await assert.rejects(Lock.acquire(path, short), { name: 'InputError' });
      } finally {
        restore();
      }
    }
    assert.deepEqual(readdirSync(folder), []);
  });

  const gone = [
    ['of another boot', { boot: '00000000', machine: '00000000' }],
    ['of a process whose number another one has now', { pid: process.ppid, started: '1' }],
  ] as const;
  for (const [name, change] of gone) {
    // Only Linux tells boots and when a process started.
    (process.platform === 'linux' ? it : it.skip)(`${name} is taken over`, async () => {
      await Lock.acquire(path, long);
      edit(change);
      await (await Lock.acquire(path, short)).release();
      assert.deepEqual(readdirSync(folder), []);
    });
  }

  (process.platform === 'linux' ? it : it.skip)(
    'of a process that has ended, and that nobody asked how, is taken over',
    async () => {
      // As in a container whose first process asks for no orphans: the shell becomes a program that asks for none, and then its child ends.
      const orphaning = 'exec 3<&0; (read line <&3) & echo $!; exec sleep 600';
      const shell = spawn('sh', ['-c', orphaning], { stdio: ['pipe', 'pipe', 'inherit'] });
      children.push(shell);
      const [pid] = (await once(shell.stdout, 'data')).map(Number);
      const until = async (holds: () => boolean) => {
        while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
      };
      const told = (of: number | undefined, name: string) => readFileSync(`/proc/${of}/${name}`, 'utf8');
      const fields = () => told(pid, 'stat').split(') ')[1]!.split(' ');
      await until(() => told(shell.pid, 'comm') === 'sleep\n');
      shell.stdin.end();
      await until(() => fields()[0] === 'Z');
      await Lock.acquire(path, long);
      edit({ pid, started: fields()[19] });
      await (await Lock.acquire(path, short)).release();
      assert.deepEqual(readdirSync(folder), []);
    },
  );

  it('that is a link, or somebody else\u2019s file, is left alone', async () => {
    const victim = join(folder, 'victim');
    writeFileSync(victim, 'mine');
    symlinkSync(victim, path);
    await assert.rejects(Lock.acquire(path, short), /is in the place of a lock and is none of this program's/);
    assert.equal(readFileSync(victim, 'utf8'), 'mine');
    rmSync(path);
    writeFileSync(path, 'theirs');
    await assert.rejects(Lock.acquire(path, short), /is none of this program's: move it away/);
    assert.equal(readFileSync(path, 'utf8'), 'theirs');
  });

  it('works where files cannot have second names', async () => {
    arm({ at: 1, fault: 'EPERM', from: true, below: folder, operations: ['link'] });
    try {
      const lock = await Lock.acquire(path, long);
      assert.deepEqual(readdirSync(folder), ['x.lock']);
      await assert.rejects(Lock.acquire(path, short), /is being written by a run/);
      await lock.release();
    } finally {
      disarm();
    }
    assert.deepEqual(readdirSync(folder), []);
  });
});
