import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
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
import type { ReadinessRecord } from '../../src/record/readiness/readinessRecord.ts';
import type { Measurement } from '../../src/record/run/runRecord.ts';
import { readSweep } from '../../src/record/sweep/sweepFile.ts';
import { sampleFolder } from '../paths.ts';
import { rejuvenate } from './rejuvenate.ts';

describe('rejuvenate sweep', () => {
  let folder: string;
  let temporary: string | undefined;
  const at = (path: string) => join(folder, path);
  before(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'sweep-')));
    mkdirSync(at('scratch'));
    temporary = process.env['TMPDIR'];
    process.env['TMPDIR'] = at('scratch');
    const lines = readFileSync(join(sampleFolder, 'calibration.jsonl'), 'utf8').trim().split('\n');
    writeFileSync(at('pairs.jsonl'), lines.slice(0, 8).join('\n'));
  });
  after(() => {
    if (temporary === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = temporary;
    rmSync(folder, { recursive: true });
  });

  const args = (...more: string[]) => [
    ...['sweep', at('a.rejuvenation.json'), '--alpha', '0.4,0.5', '--rho', '0,0.001,0.01', '--controls', 'random'],
    // Without random controls seeds are refused.
    ...(more.includes('none') ? [] : ['--seeds', '1']),
    ...['--device', 'cpu', ...more],
  ];
  const pointsIn = (path: string) => (existsSync(path) ? readFileSync(path, 'utf8').split('\n').length - 2 : 0);

  /** Ends a sweep by a signal once it has measured two more points. */
  async function ended(signal: NodeJS.Signals) {
    let timer: NodeJS.Timeout | undefined;
    const earlier = pointsIn(at('a.sweep.partial'));
    const onStart = (child: ChildProcess) => {
      timer = setInterval(() => {
        if (pointsIn(at('a.sweep.partial')) >= earlier + 2) {
          clearInterval(timer);
          child.kill(signal);
        }
      }, 2);
    };
    try {
      return await rejuvenate(args(), undefined, { onStart });
    } finally {
      clearInterval(timer);
    }
  }

  it('goes on after a kill and after Ctrl-C, and gives bit for bit what commit and verify give', async () => {
    const inputs = ['--base', join(sampleFolder, 'base'), '--sft', join(sampleFolder, 'sft-over')];
    const record = ['--calibration', at('pairs.jsonl'), '--record', at('a.rejuvenation.json')];
    const made = await rejuvenate(['attribute', ...inputs, ...record, '--holdout', '0.25', '--device', 'cpu']);
    assert.equal(made.exitCode, 0, made.stderr);

    assert.equal((await ended('SIGKILL')).exitCode, null);
    const measured = pointsIn(at('a.sweep.partial'));
    assert.ok(measured >= 2 && measured < 10 && !existsSync(at('a.sweep.json')), `${measured}`);
    const stopped = await ended('SIGINT');
    assert.equal(stopped.exitCode, 130, stopped.stderr);
    assert.match(stopped.stderr, /The points that were measured are kept: run the same command again/);
    // What the killed one left there went with the second's start, and that cleaned up after itself.
    assert.deepEqual(readdirSync(at('scratch')), []);

    const outputs = ['--csv', at('a.csv'), '--figure', at('a.svg'), '--json'];
    const { exitCode, stdout, stderr } = await rejuvenate(args(...outputs));
    assert.equal(exitCode, 0, stderr);
    assert.match(stderr, /10 points: 4 with reset, 2 of fusion only, 4 with random neurons\./);
    assert.match(stderr, /\d of 10 points were measured before and are taken over\./);
    const sweep = await readSweep(at('a.sweep.json'));
    assert.deepEqual(JSON.parse(stdout), { record: at('a.sweep.json'), ...sweep });
    assert.equal(readFileSync(at('a.csv'), 'utf8').trim().split('\r\n').length, 11);
    assert.match(readFileSync(at('a.svg'), 'utf8'), /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
    assert.deepEqual(readdirSync(at('scratch')), []);
    assert.ok(!existsSync(at('a.sweep.partial')));

    const commit = ['--out', at('out'), '--alpha', '0.4', '--rho', '0.01'];
    assert.equal((await rejuvenate(['commit', at('a.rejuvenation.json'), ...commit])).exitCode, 0);
    const verified = await rejuvenate(['verify', at('a.rejuvenation.json'), at('out'), '--device', 'cpu', '--json']);
    const { measurements } = JSON.parse(verified.stdout) as { measurements: Measurement[] };
    const { all, targets, heldOut } = measurements.find(({ name }) => name === 'out')!;
    const point = sweep.points.find(
      (each) => each.alpha === 0.4 && each.rho === 0.01 && each.selection === 'attribution',
    )!;
    assert.deepEqual({ all: point.all, targets: point.targets, heldOut: point.heldOut }, { all, targets, heldOut });

    // Sampled too, to the figures that readiness gives of the committed checkpoint.
    const problems = readFileSync(join(sampleFolder, 'problems.jsonl'), 'utf8').split('\n').slice(0, 6);
    writeFileSync(at('problems.jsonl'), problems.join('\n'));
    const answers = ['--prompts', at('problems.jsonl'), '--samples', '4', '--max-tokens', '100', '--seed', '5'];
    const point04 = ['--alpha', '0.4', '--rho', '0.01', '--controls', 'none', '--out', at('sampled.sweep.json')];
    const sampling = await rejuvenate(args(...point04, ...answers, '--json'));
    assert.equal(sampling.exitCode, 0, sampling.stderr);
    assert.match(sampling.stderr, /4 answers to each of 6 prompts at temperature 1, and 1 at 0/);
    const over = await rejuvenate(args(...point04, ...answers, '--csv', at('problems.jsonl'), '--overwrite'));
    assert.equal(over.exitCode, 2);
    assert.match(over.stderr, /The CSV file ".*problems\.jsonl" is the input/);
    assert.equal(readFileSync(at('problems.jsonl'), 'utf8'), problems.join('\n'));
    const ready = ['readiness', at('out'), ...answers, '--eval-temperature', '0', '--device', 'cpu', '--json'];
    const { rows } = JSON.parse((await rejuvenate([...ready, '--no-verdict'])).stdout) as ReadinessRecord;
    const [trained, evaluated] = rows[0]!.sampled;
    const { points } = await readSweep(at('sampled.sweep.json'));
    assert.deepEqual(points[0]!.sampled, {
      ...{ prompts: 6, samples: 4, temperature: 1, k: 4, entropy: trained!.entropy },
      ...{ passAt1: trained!.passAtK[0]!.value, passAtK: trained!.passAtK[3]!.value },
      evaluation: { samples: 1, temperature: 0, passAt1: evaluated!.passAtK[0]!.value },
    });
    assert.ok(points[0]!.sampled!.passAtK > 0 && points[0]!.sampled!.entropy! > 0.1);
    assert.deepEqual({ ...points[0]!, sampled: null, seconds: 0 }, { ...point, seconds: 0 });

    const shown = await rejuvenate(['show', at('a.sweep.json')]);
    assert.match(shown.stdout, /random, seed 0/);
    const again = await rejuvenate(args());
    assert.equal(again.exitCode, 2);
    assert.match(again.stderr, /The sweep record ".*a\.sweep\.json" exists already/);
  });

  it('says what is wrong with its lists', async () => {
    for (const [option, text, message] of [
      ['--alpha', '0.4;0.5', /Write numbers separated by commas/],
      ['--controls', 'random,none', /Write some of fusion, random, drift/],
      ['--figure', 'a.png', /must be named NAME\.svg/],
      ['--grader', 'exact', /--grader is for answers that are sampled: give --prompts too/],
    ] as const) {
      const { exitCode, stderr } = await rejuvenate(args(option, text));
      assert.equal(exitCode, 2);
      assert.match(stderr, message);
    }
  });
});
