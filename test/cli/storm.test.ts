import assert from 'node:assert/strict';
import { type ChildProcess, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { openCheckpoint } from '../../src/checkpoint/openCheckpoint.ts';
import { distFolder } from '../../src/distFolder.ts';
import { readRecord } from '../../src/record/run/recordFile.ts';
import { checkpointFixtures, root } from '../paths.ts';
import { callsWorthTrying } from '../storm/callsWorthTrying.ts';
import { fastFolder } from '../storm/fastFolder.ts';
import type { FaultPlan } from '../storm/faults.cjs';
import { stormedCommit, stormedFiles, stormedRun } from '../storm/stormed.ts';
import { stands } from './lives.ts';
import { rejuvenate } from './rejuvenate.ts';

const faults = join(root, 'test', 'storm', 'faults.cjs');
const cli = join(distFolder, 'cli.cjs');
const stormed = join(root, 'test', 'storm', 'stormed.ts');
const checkpoint = (which: string) => join(checkpointFixtures, 'tiny-qwen2-tied', which);
const inputs = [
  ...['--base', checkpoint('base'), '--sft', checkpoint('sft'), '--device', 'cpu'],
  ...['--calibration', join(checkpointFixtures, 'tiny-calibration.jsonl')],
];
const recordNames = ['a.rejuvenation.json', 'a.rejuvenation.safetensors', 'scores.safetensors'];

describe('the command line among faults and other processes', () => {
  let folder: string;
  let finished: string;
  const at = (...path: string[]) => join(folder, ...path);
  const names = () => readdirSync(folder).sort();
  before(async () => {
    finished = mkdtempSync(join(fastFolder, 'finished-'));
    await stormedRun(finished, false);
  });
  after(() => rmSync(finished, { recursive: true }));
  beforeEach(() => {
    folder = mkdtempSync(join(fastFolder, 'storm-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** Runs a program of Node's with a fault. */
  function faulty(plan: FaultPlan, args: readonly string[], asFork = false) {
    const environment = { ...process.env, STORM: JSON.stringify({ below: folder, ...plan }) };
    return asFork
      ? spawnSync(process.execPath, args, {
          encoding: 'utf8',
          env: { ...environment, NODE_OPTIONS: `--require ${faults}` },
        })
      : spawnSync(process.execPath, ['--require', faults, ...args], { encoding: 'utf8', env: environment });
  }
  /** The calls of a program that nothing happens to. */
  function callsOf(args: readonly string[]): number[] {
    const log = `${folder}-calls`;
    try {
      const { status, stderr } = faulty({ at: 0, fault: 'none', log }, args);
      assert.equal(status, 0, stderr);
      const lines = readFileSync(log, 'utf8').trimEnd().split('\n');
      return callsWorthTrying(
        lines.map((line) => {
          const [, operation, path] = line.split(' ');
          return { operation: operation!, path: path! };
        }),
      );
    } finally {
      rmSync(log, { force: true });
    }
  }
  const clear = () => {
    for (const name of names()) rmSync(at(name), { recursive: true });
  };

  it('may be killed at any call of a commit, in the middle of a write too', async () => {
    const { record, out } = stormedFiles(folder);
    const args = [cli, 'commit', record, '--out', out];
    cpSync(finished, folder, { recursive: true });
    const calls = callsOf(args);
    assert.ok(calls.length > 30, String(calls.length));
    for (const call of calls) {
      clear();
      cpSync(finished, folder, { recursive: true });
      const { signal, stderr } = faulty({ at: call, fault: call % 2 === 0 ? 'kill' : 'torn' }, args);
      assert.equal(signal, 'SIGKILL', stderr);
      const where = `call ${call}: ${names().join()}`;
      if (existsSync(out)) await openCheckpoint(out);
      const { checkpoints } = (await readRecord(record)).record;
      assert.ok(checkpoints.length === 0 || existsSync(out), where);
      assert.deepEqual(await stormedCommit(folder, existsSync(out)), [], where);
      await openCheckpoint(out);
      assert.equal((await readRecord(record)).record.checkpoints.length, 1, where);
      assert.deepEqual(names(), [...recordNames, 'out'].sort(), where);
    }
  });

  it('may be killed at any call of a run, with an old record and without one', async () => {
    const { record } = stormedFiles(folder);
    const args = ['--import', 'tsx', stormed, 'attribute', folder];
    const calls = callsOf(args);
    assert.ok(calls.length > 50, String(calls.length));
    // Each takes a second; test/unit/storm tries every one, in one process.
    for (const [i, call] of calls.filter((_, position) => position % 6 === 0).entries()) {
      clear();
      const overwrite = i % 2 === 1;
      if (overwrite) cpSync(finished, folder, { recursive: true });
      const { signal, stderr } = faulty({ at: call, fault: 'kill' }, [...args, ...(overwrite ? ['overwrite'] : [])]);
      assert.equal(signal, 'SIGKILL', stderr);
      const where = `call ${call}: ${names().join()}`;
      if (overwrite || existsSync(record)) await readRecord(record);
      await stormedRun(folder, overwrite || existsSync(record));
      await readRecord(record);
      assert.deepEqual(names(), recordNames, where);
    }
  });

  it('lists every one of the commits that end at once', async () => {
    const { record } = stormedFiles(folder);
    cpSync(finished, folder, { recursive: true });
    const outs = Array.from({ length: 12 }, (_, i) => at(`out-${i}`));
    const ends = await Promise.all(outs.map((out) => rejuvenate(['commit', record, '--out', out])));
    for (const { exitCode, stderr } of ends) assert.equal(exitCode, 0, stderr);
    const listed = (await readRecord(record)).record.checkpoints.map((each) => each.folder);
    assert.deepEqual(listed.sort(), outs.sort());
    assert.equal(names().length, outs.length + recordNames.length);
  });

  it('lets one run at a time write a record; the others hear who does, and replace nothing', async () => {
    const { record } = stormedFiles(folder);
    let started: ChildProcess | undefined;
    // It stands still while the others ask.
    const first = rejuvenate(['attribute', ...inputs, '--record', record], undefined, {
      onStart: (child) => {
        started = child;
      },
      at: { line: /^device: /, signal: 'SIGSTOP' },
    });
    while (started!.exitCode === null && !stands(started!.pid!)) await setTimeout(20);
    const others = await Promise.all([
      rejuvenate(['attribute', ...inputs, '--record', record, '--overwrite']),
      rejuvenate(['commit', record, '--out', at('out')]),
    ]);
    started!.kill('SIGCONT');
    const { exitCode, stderr } = await first;
    assert.equal(exitCode, 0, stderr);
    for (const refused of others) {
      assert.equal(refused.exitCode, 2, refused.stderr);
      assert.match(
        refused.stderr,
        /^error: The record ".+" is being written by another run \(process \d+ on .+, since .+\): wait until it is done/,
      );
    }
    await readRecord(record);
    assert.deepEqual(names(), recordNames.slice(0, 2));
  });

  it('names the full disk that the scores do not fit on', () => {
    const { record, scores } = stormedFiles(folder);
    const { status, stderr } = faulty(
      { at: 1, fault: 'ENOSPC', from: true, operations: ['write'], program: 'engine.cjs' },
      [cli, 'attribute', ...inputs, '--record', record, '--scores', scores],
      true,
    );
    assert.equal(status, 2, stderr);
    assert.match(stderr, /^error: Cannot write "[^"]+scores\.safetensors\.partial": the disk is full\.$/m);
    assert.doesNotMatch(stderr, /ONNX/);
    assert.deepEqual(names(), ['a.rejuvenation.partial', 'scores.safetensors.partial']);
  });

  it('follows no link under a name that was ever staged when it compares', async () => {
    writeFileSync(at('victim'), 'theirs');
    for (const name of ['x.comparison.json.staged', 'x.comparison.safetensors.staged'])
      symlinkSync(at('victim'), at(name));
    const record = at('x.comparison.json');
    const { exitCode, stderr } = await rejuvenate(['diff', checkpoint('base'), checkpoint('sft'), '--record', record]);
    assert.equal(exitCode, 0, stderr);
    assert.equal(readFileSync(at('victim'), 'utf8'), 'theirs');
    assert.equal((await rejuvenate(['show', record])).exitCode, 0);
  });

  it('saves what it verified beside what others have added, through no link', async () => {
    const { record, out } = stormedFiles(folder);
    cpSync(finished, folder, { recursive: true });
    writeFileSync(at('victim'), 'theirs');
    for (const name of recordNames) symlinkSync(at('victim'), at(`${name}.staged`));
    let commit: Promise<unknown> | undefined;
    const verified = await rejuvenate(['verify', record, checkpoint('sft'), '--save', '--device', 'cpu'], (text) => {
      if (/^device: /m.test(text)) commit ??= stormedCommit(folder, false);
    });
    await commit;
    assert.equal(verified.exitCode, 0, verified.stderr);
    const { checkpoints, measurements } = (await readRecord(record)).record;
    assert.deepEqual(
      checkpoints.map((each) => each.folder),
      [out],
    );
    assert.equal(measurements.length, 2);
    assert.equal(readFileSync(at('victim'), 'utf8'), 'theirs');
  });

  it('says that a record’s place cannot be written before it measures', () => {
    const { record } = stormedFiles(folder);
    cpSync(finished, folder, { recursive: true });
    const args = [cli, 'verify', record, checkpoint('sft'), '--save', '--device', 'cpu'];
    const { status, stderr } = faulty({ at: 1, fault: 'EROFS', from: true }, args);
    assert.equal(status, 2);
    assert.equal(stderr, `error: Cannot write "${at('a.rejuvenation.lock')}": the file system is read-only.\n`);
  });

  it('replaces no folder of files that are no checkpoint, whatever it is told', async () => {
    const { record, out } = stormedFiles(folder);
    cpSync(finished, folder, { recursive: true });
    mkdirSync(out);
    writeFileSync(join(out, 'thesis.txt'), 'mine');
    const said = `error: "${out}" is no checkpoint, and replacing it would delete the files in it: choose another place.\n`;
    for (const args of [
      ['commit', record, '--out', out],
      ['run', ...inputs, '--out', out, '--record', at('b.rejuvenation.json')],
    ]) {
      const { exitCode, stderr } = await rejuvenate([...args, '--overwrite']);
      assert.deepEqual([exitCode, stderr], [2, said]);
    }
    assert.deepEqual(readdirSync(out), ['thesis.txt']);
  });
});
