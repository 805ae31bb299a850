import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Documented } from '../../src/cli/output/json/jsonDocument.ts';
import { readRecord } from '../../src/record/run/recordFile.ts';
import { assertDocumented } from '../cli/documented.ts';
import { rejuvenate } from '../cli/rejuvenate.ts';
import { setEnvironment } from '../environment.ts';
import { checkpointFixtures, sampleFolder } from '../paths.ts';
import { heldTask, type Mishap, setupOf } from './mishaps.ts';
import type { SlurmCluster } from './slurmCluster.ts';
import { startOrSkip } from './startOrSkip.ts';

/* The sample's run on a real Slurm: the same record and the same checkpoint as in one process. */

describe('the sample on a Slurm cluster', () => {
  let cluster: SlurmCluster;
  let folder: string;
  let restore = () => {};
  const at = (...names: string[]) => join(folder, ...names);

  before(async function () {
    cluster = await startOrSkip(this);
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'slurm-sample-')));
    restore = setEnvironment(cluster.environment);
  });
  after(async () => {
    restore();
    await cluster?.stop();
    if (folder !== undefined) rmSync(folder, { recursive: true });
  });

  const run = (name: string, ...more: string[]) => [
    ...['run', '--base', join(sampleFolder, 'base'), '--sft', join(sampleFolder, 'sft-over')],
    ...['--calibration', join(sampleFolder, 'calibration.jsonl'), '--samples', '10', '--out', at(name)],
    ...['--device', 'cpu', '--threads', '1', '--memory', '400MB', ...more],
  ];

  /** What a record holds but for times and measured memory, and the bytes of its arrays. */
  async function recordOf(name: string): Promise<unknown> {
    const { record } = await readRecord(at(`${name}.rejuvenation.json`));
    const plan = (which: keyof typeof record.engine.plans) => ({ ...record.engine.plans[which], peakBytes: 0 });
    const plans = { base: plan('base'), sft: plan('sft'), attribution: plan('attribution') };
    return {
      ...record,
      arrays: readFileSync(at(`${name}.rejuvenation.safetensors`)).toString('base64'),
      run: undefined,
      engine: { ...record.engine, plans },
      measurements: record.measurements.map((each) => ({ ...each, measured: undefined })),
      checkpoints: record.checkpoints.map(({ alpha, rho, dtype }) => ({ alpha, rho, dtype })),
    };
  }

  /** SHA-256 by file, of those that do not say when and where they were made. */
  function checkpointOf(name: string): ReadonlyMap<string, string> {
    const files = readdirSync(at(name)).filter((file) => !['rejuvenation.json', 'README.md'].includes(file));
    return new Map(
      files.sort().map((file) => [
        file,
        createHash('sha256')
          .update(readFileSync(at(name, file)))
          .digest('hex'),
      ]),
    );
  }

  it('ends with the bytes of one process, by arrays of four, whatever is killed, queued again or dies', async () => {
    const local = await rejuvenate(run('local'));
    assert.equal(local.exitCode, 0, local.stderr);
    // Of two samples or more one is kept by then, and of the second a half of what is written first.
    const midway = { at: 7, operations: ['write'], below: at('far.rejuvenation.slurm', 'partials') };
    const mishaps: readonly Mishap[] = [
      { phase: 'base', task: 0, plan: { ...midway, fault: 'torn' } },
      { phase: 'sft', task: 1, plan: { ...midway, fault: 'hold', held: at('sft.held') } },
      { phase: 'attribution', task: 2, plan: { ...midway, fault: 'hold', held: at('attribution.held') } },
    ];
    const options = ['--slurm', '--shards', '4', '--mem', '500M', '--cpus-per-task', '1', '--partition', 'main'];
    const stopped = await rejuvenate(run('far', ...options, '--setup', setupOf(mishaps), '--wait'), (said, child) => {
      if (/^base \d\/4/m.test(said)) child.kill('SIGKILL');
    });
    assert.equal(stopped.exitCode, null);
    const hurry = setInterval(() => cluster.queue(), 300);
    try {
      const resumed = rejuvenate(['slurm', 'resume', at('far.rejuvenation.slurm'), '--wait']);
      const requeued = await heldTask(cluster, at('sft.held'));
      cluster.say('scontrol', 'requeue', requeued.job);
      const lost = await heldTask(cluster, at('attribution.held'));
      await cluster.killNode(lost.node);
      await cluster.reviveNode(lost.node);
      const waited = await resumed;
      assert.equal(waited.exitCode, 0, waited.stderr);
    } finally {
      clearInterval(hurry);
    }
    for (const { phase, task } of mishaps) {
      const log = readFileSync(at('far.rejuvenation.slurm', 'logs', `${phase}-${task}.log`), 'utf8');
      assert.match(log, new RegExp(`^Task ${task} of ${phase}, job \\d+, queued again 1 times`, 'm'));
    }
    for (const name of ['sft.held', 'attribution.held']) rmSync(at(name));
    assert.deepEqual(await recordOf('far'), await recordOf('local'));
    assert.deepEqual(checkpointOf('far'), checkpointOf('local'));
    assert.deepEqual(cluster.queue(), []);
    const status = await rejuvenate(['slurm', 'status', at('far.rejuvenation.slurm'), '--json']);
    const said = JSON.parse(status.stdout) as Documented;
    assertDocumented('slurm status', said);
    const { state, phases } = said as unknown as {
      readonly state: string;
      readonly phases: readonly { readonly name: string; readonly tasks: readonly unknown[] }[];
    };
    assert.equal(state, 'done');
    assert.deepEqual(
      phases.map(({ name, tasks }) => `${name} ${tasks.length}`),
      ['base 4', 'sft 4', 'attribution 4', 'merge 1', 'commit 4', 'check 1'],
    );
    assert.deepEqual(
      readdirSync(folder).sort(),
      ['far', 'local']
        .flatMap((name) => [name, ...['json', 'safetensors'].map((end) => `${name}.rejuvenation.${end}`)])
        .concat('far.rejuvenation.slurm')
        .sort(),
    );
    assert.ok(!existsSync(at('far.rejuvenation.slurm', 'partials')), 'partials are merged');
  });

  it('is shown by --dry-run, which makes nothing', async () => {
    const { exitCode, stdout, stderr } = await rejuvenate(
      run(
        'shown',
        '--slurm',
        '--dry-run',
        '--shards',
        '40',
        '--parallel',
        '8',
        '--setup',
        'module load cuda',
        '--time',
        '1:00:00',
      ),
    );
    assert.equal(exitCode, 0, stderr);
    assert.match(
      stdout,
      /^sbatch --parsable --job-name=\S+-base '?--array=0-39%8'? .*--time=1:00:00 scripts\/base\.sh 0$/m,
    );
    assert.match(stdout, /^module load cuda$/m);
    assert.ok(!existsSync(at('shown.rejuvenation.slurm')));
  });

  it('can be told by a recipe, whose steps run there one after the other', async () => {
    const tiny = join(checkpointFixtures, 'tiny-qwen3-tied');
    const recipe = at('tiny.rejuvenation.yaml');
    const lines = [
      ...[`base: ${join(tiny, 'base')}`, `sft: ${join(tiny, 'sft')}`, 'out: tiny', 'device: cpu', 'top-n: 2'],
      ...[`calibration: ${join(checkpointFixtures, 'tiny-calibration.jsonl')}`, 'memory: 200MB', 'threads: 1'],
      ...['slurm:', '  shards: 2', '  mem: 300M', '  cpus-per-task: 1', '  partition: main'],
    ];
    writeFileSync(recipe, lines.join('\n'));
    const hurry = setInterval(() => cluster.queue(), 300);
    try {
      const { exitCode, stderr } = await rejuvenate(['run', recipe]);
      assert.equal(exitCode, 0, stderr);
    } finally {
      clearInterval(hurry);
    }
    const { record } = await readRecord(at('tiny.rejuvenation.json'));
    assert.deepEqual([record.settings.topN, record.checkpoints.length], [2, 1]);
    assert.ok(existsSync(at('tiny', 'rejuvenation-recipe.yaml')));
  });
});
