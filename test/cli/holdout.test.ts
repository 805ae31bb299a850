import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { intArray } from '../../src/record/arrays/arrays.ts';
import { readRecord } from '../../src/record/run/recordFile.ts';
import { sampleFolder } from '../paths.ts';
import { rejuvenate } from './rejuvenate.ts';

describe('--holdout', () => {
  let folder: string;
  const at = (path: string) => join(folder, path);
  before(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'holdout-')));
    const lines = readFileSync(join(sampleFolder, 'calibration.jsonl'), 'utf8').trim().split('\n');
    writeFileSync(at('pairs.jsonl'), lines.slice(0, 8).join('\n'));
    writeFileSync(at('one.jsonl'), lines[0]!);
  });
  after(() => rmSync(folder, { recursive: true }));

  const inputs = (calibration: string) => [
    ...['--base', join(sampleFolder, 'base'), '--sft', join(sampleFolder, 'sft-over')],
    ...['--calibration', at(calibration), '--device', 'cpu'],
  ];

  it('chooses targets in the other samples alone, and reports the held-out ones in a column of their own', async () => {
    const out = ['--holdout', '0.25', '--rho', '0.001', '--out', at('out')];
    const { exitCode, stdout, stderr } = await rejuvenate(['run', ...inputs('pairs.jsonl'), ...out]);
    assert.equal(exitCode, 0, stderr);
    assert.match(stderr, /2 of 8 samples are held out by seed 0: they are measured and choose no target\./);
    assert.match(stdout, /8 samples, \d+ response tokens, 48 targets; held out: 2 samples, \d+ response tokens/);
    const { record, arrays } = await readRecord(at('out.rejuvenation.json'));
    const held = record.samples.flatMap(({ heldOut }, index) => (heldOut ? [index] : []));
    assert.equal(held.length, 2);
    const targeted = new Set(intArray(arrays, 'targets.sample'));
    assert.deepEqual(
      [...targeted],
      [0, 1, 2, 3, 4, 5, 6, 7].filter((index) => !held.includes(index)),
    );

    const verified = await rejuvenate(['verify', at('out.rejuvenation.json'), at('out'), '--device', 'cpu', '--save']);
    assert.equal(verified.exitCode, 0, verified.stderr);
    const [head, ...rows] = verified.stdout.split('\n').filter((line) => line.startsWith('│'));
    assert.equal(head!.match(/│ held out /g)!.length, 3);
    const saved = (await readRecord(at('out.rejuvenation.json'))).record.measurements;
    assert.deepEqual(
      rows.map((row) => row.split('│').map((cell) => cell.trim())).map((cells) => [cells[1], cells[4]]),
      saved.map(({ name, heldOut }) => [name, heldOut!.entropy.toFixed(4)]),
    );
    assert.deepEqual(
      saved.map(({ name }) => name),
      ['base', 'sft', 'out'],
    );
  });

  it('cannot be all, and needs two samples', async () => {
    const record = ['--record', at('a.rejuvenation.json'), '--holdout'];
    const all = await rejuvenate(['attribute', ...inputs('pairs.jsonl'), ...record, '1']);
    assert.equal(all.exitCode, 2);
    assert.match(all.stderr, /holdout is 1, but must be at least 0 and below 1\./);
    const one = await rejuvenate(['attribute', ...inputs('one.jsonl'), ...record, '0.5']);
    assert.equal(one.exitCode, 2);
    assert.match(one.stderr, /holdout is 0\.5, but the calibration has one sample only/);
  });
});
