import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { readRecord } from '../../src/record/run/recordFile.ts';
import { sampleFolder } from '../paths.ts';
import { lives } from './lives.ts';
import { rejuvenate } from './rejuvenate.ts';

/** The engine processes of a command line. */
function engines({ pid }: ChildProcess): number[] {
  try {
    return execFileSync('pgrep', ['-P', String(pid)], { encoding: 'utf8' })
      .trim()
      .split('\n')
      .map(Number);
  } catch {
    return [];
  }
}

/** Waits until the first rows of a score file are written: a sample is finished, and the others are not. */
async function underWay(scores: string, child: ChildProcess): Promise<void> {
  // Beyond the header and the targets' 12 bytes each, within the first sample's eight rows.
  const [position, bytes] = [4096, 65_536];
  while (child.exitCode === null) {
    if (
      existsSync(scores) &&
      readFileSync(scores)
        .subarray(position, position + bytes)
        .some((byte) => byte !== 0)
    )
      return;
    await setTimeout(5);
  }
}

async function gone(pids: readonly number[]): Promise<void> {
  while (pids.some(lives)) await setTimeout(50);
}

/** Kills a process that may have ended meanwhile by itself. */
function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

describe('several processes', () => {
  let folder: string;
  let reference: { readonly record: unknown; readonly scores: string };
  const at = (path: string) => join(folder, path);

  function args(name: string, processes: number): string[] {
    return [
      ...[
        'attribute',
        '--base',
        join(sampleFolder, 'base'),
        '--sft',
        join(sampleFolder, 'sft-over'),
        '--device',
        'cpu',
      ],
      ...['--calibration', at('pairs.jsonl'), '--record', at(`${name}.rejuvenation.json`), '--rho', '0.001'],
      ...['--scores', at(`${name}.safetensors`), '--processes', String(processes)],
    ];
  }

  /** Everything that must not depend on how many processes there were; the arrays by their hash. */
  async function madeBy(name: string): Promise<{ readonly record: unknown; readonly scores: string }> {
    const { record } = await readRecord(at(`${name}.rejuvenation.json`));
    const { settings, engine, measurements, arrays } = record;
    return {
      record: {
        ...record,
        run: undefined,
        arrays: arrays.sha256,
        // Where it lies.
        scores: undefined,
        settings: { ...settings, processes: undefined },
        engine: { ...engine, processes: undefined, plans: undefined },
        measurements: measurements.map((entry) => ({ ...entry, measured: undefined })),
      },
      scores: createHash('sha256')
        .update(readFileSync(at(`${name}.safetensors`)))
        .digest('hex'),
    };
  }

  /** Runs, and does something once when attribution is under way. */
  async function during(
    name: string,
    processes: number,
    happens: (child: ChildProcess) => Promise<void> | void,
  ): ReturnType<typeof rejuvenate> {
    let happened: Promise<void> | undefined;
    const outcome = await rejuvenate(args(name, processes), (text, child) => {
      if (happened !== undefined || !/^device: /m.test(text)) return;
      happened = underWay(at(`${name}.safetensors.partial`), child).then(() => happens(child));
    });
    assert.ok(happened !== undefined, outcome.stderr);
    await happened;
    return outcome;
  }

  before(async () => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'processes-')));
    const lines = readFileSync(join(sampleFolder, 'calibration.jsonl'), 'utf8').trim().split('\n');
    writeFileSync(at('pairs.jsonl'), lines.slice(0, 16).join('\n'));
    const { exitCode, stderr } = await rejuvenate(args('one', 1));
    assert.equal(exitCode, 0, stderr);
    reference = await madeBy('one');
  });
  after(() => rmSync(folder, { recursive: true }));

  it('make the record of one, bit for bit, and say how many they are', async () => {
    const { exitCode, stderr } = await rejuvenate(args('two', 2));
    assert.equal(exitCode, 0, stderr);
    assert.match(stderr, /^device: cpu, 2 processes, \S+ [GM]B of memory each /m);
    assert.deepEqual(await madeBy('two'), reference);
    const { record } = await readRecord(at('two.rejuvenation.json'));
    assert.deepEqual([record.settings.processes, record.engine.processes], [2, 2]);
  });

  for (const processes of [1, 2]) {
    it(`of ${processes}, one is killed: the run goes on, says so, and ends with the same record`, async () => {
      const name = `killed-${processes}`;
      const { exitCode, stderr } = await during(name, processes, (child) => {
        // The run stands still, and does not end before.
        child.kill('SIGSTOP');
        process.kill(engines(child).at(-1)!, 'SIGKILL');
        child.kill('SIGCONT');
      });
      assert.equal(exitCode, 0, stderr);
      assert.match(
        stderr,
        /^warning: The (engine process|process of engine \d) was ended by signal SIGKILL: it is started anew, and its/m,
      );
      assert.deepEqual(await madeBy(name), reference);
    });
  }

  it('are killed again and again: the run ends with a sentence, and is taken up', async () => {
    const stopped = await during('again', 2, async (child) => {
      while (child.exitCode === null) {
        for (const pid of engines(child)) killIfThere(pid);
        await setTimeout(50);
      }
    });
    assert.equal(stopped.exitCode, 1, stopped.stderr);
    const last = stopped.stderr.trimEnd().split('\n').at(-1)!;
    assert.match(
      last,
      /^error: .*The engine process was ended by signal SIGKILL\. The system may have run out of memory/,
    );
    assert.match(last, /What was finished is kept; run again to go on\.$/);
    assert.equal(existsSync(at('again.rejuvenation.json')), false);
    const { exitCode, stderr } = await rejuvenate(args('again', 2));
    assert.equal(exitCode, 0, stderr);
    assert.match(stderr, /^note: Taking up an unfinished run: base measured on 16 of 16 samples, SFT on 16 of 16\.$/m);
    assert.deepEqual(await madeBy('again'), reference);
  });

  for (const [first, then] of [
    [2, 1],
    [1, 3],
  ] as const) {
    it(`the whole run is killed with ${first} and taken up with ${then}: no process stays, the record is the same`, async () => {
      const name = `from-${first}-to-${then}`;
      let orphans: number[] = [];
      const { exitCode } = await during(name, first, (child) => {
        child.kill('SIGSTOP');
        orphans = engines(child);
        child.kill('SIGKILL');
      });
      assert.deepEqual([exitCode, orphans.length], [null, first]);
      await gone(orphans);
      const resumed = await rejuvenate(args(name, then));
      assert.equal(resumed.exitCode, 0, resumed.stderr);
      assert.match(resumed.stderr, /^note: Taking up an unfinished run/m);
      assert.deepEqual(await madeBy(name), reference);
    });
  }

  it('are all stopped by Ctrl-C', async () => {
    let orphans: number[] = [];
    const { exitCode, stderr } = await during('interrupted', 2, (child) => {
      child.kill('SIGSTOP');
      orphans = engines(child);
      child.kill('SIGINT');
      child.kill('SIGCONT');
    });
    assert.equal(exitCode, 130, stderr);
    assert.equal(orphans.length, 2);
    assert.deepEqual(orphans.filter(lives), []);
  });

  it('measure what one measures', async () => {
    const measured = async (processes: number) => {
      const { exitCode, stdout, stderr } = await rejuvenate([
        ...['verify', at('one.rejuvenation.json'), join(sampleFolder, 'sft-mod'), '--device', 'cpu', '--json'],
        ...['--processes', String(processes)],
      ]);
      assert.equal(exitCode, 0, stderr);
      const { measurements } = JSON.parse(stdout) as { readonly measurements: readonly { measured?: string }[] };
      return measurements.map((entry) => ({ ...entry, measured: undefined }));
    };
    assert.deepEqual(await measured(2), await measured(1));
  });
});
