import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { openCheckpoint } from '../../../src/checkpoint/openCheckpoint.ts';
import { commitCheckpoint } from '../../../src/commit/commit.ts';
import { oldNames, openPair, plainCommit, writeOldTarget, writeTinyPair } from './tinyPair.ts';

const script = join(import.meta.dirname, 'slowCommit.ts');

/** 9 MB in three shards, so that a commit has a dozen steps. */
const some = {
  config: { hidden_size: 256, intermediate_size: 1024, num_hidden_layers: 2, vocab_size: 4096 },
  shards: 3,
} as const;

describe('commits of several processes', () => {
  let folder: string;
  let children: ChildProcess[];
  const at = (...path: string[]) => join(folder, ...path);
  beforeEach(async () => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'stopped-')));
    await writeTinyPair(folder, some);
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

  // What lies aside; the lock of the moment of naming is none of it.
  const asides = () => readdirSync(folder).filter((name) => /^\..*-(staging|previous)-/.test(name));

  /** Starts a commit to which something happens after a number of steps, or never. Tells every line that it wrote. */
  async function caught(mode: 'overwrite' | 'keep', steps: number, happens: 'dies' | 'stands') {
    const child = spawn(process.execPath, ['--import', 'tsx', script, folder, mode, String(steps), happens], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    children.push(child);
    const ended = once(child, 'close');
    const lines: string[] = [];
    const reached = new Promise<void>((resolve) => {
      createInterface(child.stdout!).on('line', (line) => {
        lines.push(line);
        if (lines.length === steps) resolve();
      });
    });
    await Promise.race([reached, ended]);
    return { child, lines, ended };
  }

  it('may be killed at any step: the target stays old until it is complete, and the next commit cleans up', async () => {
    writeOldTarget(at('out'));
    const activities = new Set<string>();
    for (let steps = 1; ; steps += 5) {
      const { child, lines, ended } = await caught('overwrite', steps, 'dies');
      await ended;
      for (const line of lines) activities.add(line.split(' ')[0]!);
      if (child.signalCode === null) assert.equal(lines.at(-1), 'done');
      if (existsSync(at('out', 'rejuvenation.json'))) break;
      // Absent only between two renames, which a kill hardly ever meets: killed.test.ts aims at it.
      const absent = !existsSync(at('out'));
      assert.equal(asides().length, absent ? 2 : 1);
      if (!absent) assert.deepEqual(readdirSync(at('out')), oldNames);
    }
    assert.deepEqual([...activities].filter((activity) => activity !== 'done').sort(), ['check', 'fuse', 'write']);
    const made = await openCheckpoint(at('out'));
    const plain = plainCommit(folder, await openPair(folder));
    await commitCheckpoint({ ...plain, out: at('again') });
    for (const { name } of made.shards) {
      assert.ok(readFileSync(at('out', name)).equals(readFileSync(at('again', name))), name);
    }
    await commitCheckpoint({ ...plain, overwrite: true });
    assert.deepEqual(readdirSync(folder).sort(), ['again', 'base', 'out', 'sft']);
  });

  it('do not touch what another one is writing; the later replaces the earlier only when told to', async () => {
    for (const mode of ['overwrite', 'keep'] as const) {
      const slow = await caught(mode, 3, 'stands');
      const [staging, ...others] = asides();
      assert.ok(staging !== undefined && others.length === 0, slow.lines.join());
      const written = readdirSync(at(staging));
      assert.ok(written.length > 0);
      const pair = await openPair(folder);
      await commitCheckpoint({ ...plainCommit(folder, pair), manifest: () => ({ made: 'meanwhile' }) });
      assert.deepEqual(asides(), [staging]);
      assert.deepEqual(readdirSync(at(staging)), written);
      slow.child.stdin!.end();
      await slow.ended;
      const said =
        mode === 'overwrite'
          ? 'done'
          : `InputError: The checkpoint "${at('out')}" exists already: choose another place, or pass --overwrite.`;
      assert.equal(slow.lines.at(-1), said);
      assert.deepEqual(readdirSync(folder).sort(), ['base', 'out', 'sft']);
      const meanwhile = readFileSync(at('out', 'rejuvenation.json'), 'utf8').includes('meanwhile');
      assert.equal(meanwhile, mode !== 'overwrite');
      await openCheckpoint(at('out'));
      rmSync(at('out'), { recursive: true });
    }
  });
});
