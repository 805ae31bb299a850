import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InputError } from '../../../../src/errors.ts';
import { writeReadiness } from '../../../../src/record/readiness/readinessFile.ts';
import type { ReadinessRecord, ReadinessRow } from '../../../../src/record/readiness/readinessRecord.ts';
import { writeSweep } from '../../../../src/record/sweep/sweepFile.ts';
import { exportRuns } from '../../../../src/run/trackers/exportRuns.ts';
import { readinessRuns } from '../../../../src/run/trackers/readinessRuns.ts';
import { runFolders, safeName } from '../../../../src/run/trackers/runFolders.ts';
import { RecordOnDisk } from '../../record/recordOnDisk.ts';
import { tinyReadiness } from '../../record/tinyReadiness.ts';
import { tinySweep } from '../../record/tinySweep.ts';

interface ExportedRun {
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly history: readonly Readonly<Record<string, number | string>>[];
}

/** A record with two steps of a training, out of order, beside its base and a checkpoint of another place. */
function withSteps(): ReadinessRecord {
  const [base, sft] = tinyReadiness.rows;
  const at = (folder: string, step?: number): ReadinessRow['checkpoint'] => ({
    ...{ name: 'x', folder, parameters: 1, configSha256: 'a'.repeat(64), ...(step !== undefined && { step }) },
    files: [
      {
        name: 'm',
        bytes: 1,
        modified: `2026-01-01T00:0${Math.floor((step ?? 0) / 100)}:00.000Z`,
        headerSha256: 'a'.repeat(64),
      },
    ],
  });
  const step = (count: number): ReadinessRow => ({
    ...sft!,
    name: `checkpoint-${count}`,
    checkpoint: at(`/r/=sft/checkpoint-${count}`, count),
  });
  return {
    ...tinyReadiness,
    rows: [
      { ...base!, checkpoint: at('/m/checkpoint-7', 7) },
      step(200),
      step(100),
      { ...sft!, checkpoint: at('/r/sft') },
    ],
    sampling: { ...tinyReadiness.sampling!, sources: ['a', 'a', 'a', 'a'] },
  };
}

describe('a record for experiment trackers', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'trackers-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const exported = (name: string) => JSON.parse(readFileSync(join(folder, name, 'runs.json'), 'utf8')) as ExportedRun[];

  it("has a series of readiness on the trainer's steps, and all else at step 0", async () => {
    const path = join(folder, 'a.readiness.json');
    await writeReadiness(path, withSteps(), false);
    assert.deepEqual(await exportRuns(path, 'tensorboard', join(folder, 'events')), [
      { file: 'base/events.out.tfevents.1767225600.rejuvenation', rows: 1 },
      { file: 'sft/events.out.tfevents.1767225600.rejuvenation', rows: 1 },
      { file: '=sft/events.out.tfevents.1767225660.rejuvenation', rows: 2 },
    ]);
    assert.deepEqual(readdirSync(join(folder, 'events')).sort(), ['=sft', 'base', 'sft']);
    await exportRuns(path, 'wandb', join(folder, 'wandb'));
    const runs = exported('wandb');
    assert.deepEqual(
      runs.map(({ name, history }) => [name, history.map(({ _step, checkpoint }) => [_step, checkpoint])]),
      [
        ['base', [[0, 'base']]],
        ['sft', [[0, 'sft']]],
        [
          '=sft',
          [
            [100, 'checkpoint-100'],
            [200, 'checkpoint-200'],
          ],
        ],
      ],
    );
    const { _timestamp, 'sampled_t1/pass_at_1': first, 'sampled_t1/dead_at_8': dead } = runs[2]!.history[1]!;
    assert.deepEqual([_timestamp, first, dead, runs[2]!.config['samples']], [1767225720, 0.5, 0.5, 4]);
    assert.ok(!('sampled_t1/lost' in runs[0]!.history[0]!) && runs[1]!.history[0]!['sampled_t1/lost'] === 0);
    const [heads, ...rows] = readFileSync(join(folder, 'wandb/history.csv'), 'utf8').trimEnd().split('\r\n');
    assert.ok(heads!.startsWith('run,_step,_timestamp,checkpoint,config.record,'));
    // No spreadsheet takes a name for a formula.
    assert.ok(rows[3]!.startsWith("'=sft,200,1767225720,checkpoint-200,a.readiness.json,"));
    await assert.rejects(exportRuns(path, 'wandb', join(folder, 'wandb')), InputError);
  });

  it('has a run a point of a sweep, with alpha, rho and selection as its settings', async () => {
    const path = join(folder, 'a.sweep.json');
    const sweep = tinySweep();
    await writeSweep(path, sweep, false);
    const files = await exportRuns(path, 'tensorboard', join(folder, 'events'));
    assert.equal(files.length, sweep.references.length + sweep.points.length);
    assert.deepEqual(readdirSync(join(folder, 'events')).length, files.length);
    await exportRuns(path, 'wandb', join(folder, 'wandb'));
    for (const [i, { config, history }] of exported('wandb').slice(sweep.references.length).entries()) {
      const { alpha, rho, selection, all, neuronRatio } = sweep.points[i]!;
      assert.deepEqual([config['alpha'], config['rho'], config['selection']], [alpha, rho, selection]);
      assert.deepEqual([history[0]!['all/entropy'], history[0]!['reset/neuron_ratio']], [all.entropy, neuronRatio]);
    }
  });

  it("has a run record's means, and what it resets", async () => {
    const disk = new RecordOnDisk();
    try {
      await disk.write();
      await exportRuns(disk.path, 'wandb', join(folder, 'wandb'));
      const runs = exported('wandb');
      assert.deepEqual(
        runs.map(({ name }) => name),
        ['base', 'sft', 'reset'],
      );
      assert.equal(runs[0]!.history[0]!['all/nll'], 1.25);
      assert.ok(Number(runs[2]!.history[0]!['reset/neuron_ratio']) > 0);
    } finally {
      disk.remove();
    }
  });

  it('never leads a name out of the folder', async () => {
    for (const text of ['../../x', '..', '/etc', 'a\u202e\n/b', '', 'é'.repeat(5000), 'C:\\x']) {
      assert.match(safeName(text), /^[A-Za-z0-9_=,+@~-][A-Za-z0-9._=,+@~-]{0,99}$/, text);
    }
    const run = (name: string) => ({ name, config: {}, points: [] });
    assert.deepEqual(runFolders([run('a/b'), run('a_b'), run('A_B'), run('a_b-2')]), [
      'a_b',
      'a_b-2',
      'A_B-3',
      'a_b-2-2',
    ]);
    const path = join(folder, 'a.readiness.json');
    const [base, sft] = tinyReadiness.rows;
    await writeReadiness(path, { ...tinyReadiness, rows: [base!, { ...sft!, name: '../../evil' }] }, false);
    await exportRuns(path, 'tensorboard', join(folder, 'events'));
    assert.deepEqual(readdirSync(join(folder, 'events')).sort(), ['__.._evil', 'base']);
    assert.ok(!existsSync(join(folder, '../evil')));
  });

  it('tells two series of one name apart', () => {
    const record = withSteps();
    const moved = record.rows.map((row) =>
      row.name === 'checkpoint-200'
        ? { ...row, checkpoint: { ...row.checkpoint!, folder: '/other/=sft/checkpoint-200' } }
        : row,
    );
    const names = readinessRuns('/a.readiness.json', { ...record, rows: moved }).map(({ name }) => name);
    assert.deepEqual(names, ['base', 'sft', '=sft', '/r/=sft']);
  });
});
