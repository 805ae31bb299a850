import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readinessText } from '../../src/cli/output/readinessReport.ts';
import type { ReadinessRecord } from '../../src/record/readiness/readinessRecord.ts';
import type { Measurement } from '../../src/record/run/runRecord.ts';
import { checkpointFixtures } from '../paths.ts';
import { rejuvenate } from './rejuvenate.ts';

const pair = join(checkpointFixtures, 'tiny-qwen3-tied');
const calibration = join(checkpointFixtures, 'tiny-calibration.jsonl');

describe('rejuvenate readiness', () => {
  let folder: string;
  const at = (name: string) => join(folder, name);
  before(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'readiness-')));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("teacher-forces training and held-out lines apart, to a run record's figures", async () => {
    const lines = readFileSync(calibration, 'utf8').trim().split('\n');
    writeFileSync(at('train.jsonl'), `${lines.slice(0, 4).join('\n')}\n`);
    writeFileSync(at('heldout.jsonl'), `${lines.slice(4).join('\n')}\n`);
    const [base, sft] = [join(pair, 'base'), join(pair, 'sft')];
    const verified: Record<'train' | 'heldout', Measurement[]> = { train: [], heldout: [] };
    for (const name of ['train', 'heldout'] as const) {
      const record = at(`${name}.rejuvenation.json`);
      const inputs = ['--base', base, '--sft', sft, '--calibration', at(`${name}.jsonl`), '--device', 'cpu'];
      const made = await rejuvenate(['attribute', ...inputs, '--record', record]);
      assert.equal(made.exitCode, 0, made.stderr);
      // What `verify` would measure again.
      verified[name] = JSON.parse(readFileSync(record, 'utf8')).measurements;
    }
    const files = ['--calibration', at('train.jsonl'), '--held-out', at('heldout.jsonl')];
    const out = at('a.readiness.json');
    const judged = ['--min', 'training-entropy=100', '--out', out, '--json', '--device', 'cpu'];
    const { exitCode, stdout, stderr } = await rejuvenate(['readiness', sft, '--base', base, ...files, ...judged]);
    assert.equal(exitCode, 3, stderr);
    assert.match(stderr, /Not ready: sft\.\n$/);
    const record = JSON.parse(stdout) as ReadinessRecord;
    assert.deepEqual({ record: out, ...JSON.parse(readFileSync(out, 'utf8')) }, record);
    assert.equal(record.rows.length, 2);
    for (const [i, row] of record.rows.entries()) {
      for (const [side, name] of [
        ['training', 'train'],
        ['heldOut', 'heldout'],
      ] as const) {
        const { all } = verified[name][i]!;
        const { rows, entropy, negativeLogLikelihood, top1Probability, entropyCounts } = row[side]!;
        assert.deepEqual({ rows, entropy, top1Probability, negativeLogLikelihood }, all, `${row.name}, ${side}`);
        assert.equal(
          entropyCounts.reduce((sum, count) => sum + count, 0),
          rows,
        );
      }
      assert.equal(row.nllGap, row.heldOut!.negativeLogLikelihood - row.training!.negativeLogLikelihood);
    }
    assert.deepEqual([record.teacherForced!.training!.samples, record.teacherForced!.heldOut!.samples], [4, 2]);
    const text = readinessText(record, out);
    assert.match(text, /│ teacher-forced │ entropy \(nats\), training │ held out │/);
    assert.match(text, /Teacher-forced on 4 training lines and 2 held-out lines/);
  });

  it('samples base and checkpoint by the engine, the same again by the same seed', async () => {
    const prompts = Array.from({ length: 3 }, (_, i) => JSON.stringify({ prompt: `${i} and`, answer: i }));
    writeFileSync(at('prompts.jsonl'), `${prompts.join('\n')}\n`);
    const sampling = ['--prompts', at('prompts.jsonl'), '--samples', '4', '--max-tokens', '6', '--no-verdict'];
    const args = [
      'readiness',
      join(pair, 'sft'),
      '--base',
      join(pair, 'base'),
      ...sampling,
      '--device',
      'cpu',
      '--json',
    ];
    const first = await rejuvenate(args);
    assert.equal(first.exitCode, 0, first.stderr);
    const { rows, sampling: about } = JSON.parse(first.stdout) as ReadinessRecord;
    assert.deepEqual(about!.sources, ['the engine on cpu', 'the engine on cpu']);
    for (const { sampled } of rows) {
      const { passAtK, counts, entropy, surprisal, entropyCounts, length, stopRate } = sampled[0]!;
      assert.equal(passAtK.length, 4);
      assert.equal(counts.length, 3);
      assert.ok(length! >= 1 && length! <= 6 && stopRate! >= 0 && stopRate! <= 1);
      // Random weights: nearly all of the vocabulary is as likely.
      assert.ok(entropy! > 1 && surprisal! > 1, `${entropy} ${surprisal}`);
      assert.equal(
        entropyCounts!.reduce((sum, each) => sum + each, 0),
        Math.round(length! * 12),
      );
    }
    const again = await rejuvenate(args);
    assert.deepEqual((JSON.parse(again.stdout) as ReadinessRecord).rows, rows);
  });

  it('takes the folder of a training run for its steps, and judges each', async () => {
    for (const step of [20, 3]) cpSync(join(pair, 'sft'), at(`run/checkpoint-${step}`), { recursive: true });
    const lines = ['--held-out', calibration, '--lines', '2', '--max', 'held-out-entropy=0.1'];
    const { exitCode, stdout, stderr } = await rejuvenate(['readiness', at('run'), ...lines, '--device', 'cpu']);
    assert.equal(exitCode, 3, stderr);
    assert.match(stderr, /Not ready: checkpoint-3, checkpoint-20\.\n$/);
    const rows = stdout.split('\n').filter((line) => line.startsWith('│ checkpoint-'));
    assert.deepEqual(
      rows.slice(0, 2).map((line) => line.split('│')[1]!.trim()),
      ['checkpoint-3', 'checkpoint-20'],
    );
  });
});
