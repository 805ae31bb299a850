import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Documented } from '../../src/cli/output/json/jsonDocument.ts';
import { cancelRun } from '../../src/cluster/run/cancelRun.ts';
import type { ClusterPhase, ClusterRun } from '../../src/cluster/run/clusterRun.ts';
import { createRun } from '../../src/cluster/run/createRun.ts';
import { followRun } from '../../src/cluster/run/followRun.ts';
import { submitMissing } from '../../src/cluster/run/submitMissing.ts';
import { lookAt } from '../../src/cluster/status/lookAt.ts';
import { type RunStatus, runStatus } from '../../src/cluster/status/runStatus.ts';
import { distFolder } from '../../src/distFolder.ts';
import { assertDocumented } from '../cli/documented.ts';
import { rejuvenate } from '../cli/rejuvenate.ts';
import { setEnvironment } from '../environment.ts';
import { root } from '../paths.ts';
import type { SlurmCluster } from './slurmCluster.ts';
import { startOrSkip } from './startOrSkip.ts';

/* Runs on a real Slurm whose tasks are quick and can be held, broken and killed: what becomes of jobs, not of models. */

const shards = 3;

describe('runs on a Slurm cluster', () => {
  let cluster: SlurmCluster;
  let folder: string;
  let restore = () => {};
  const at = (name: string) => join(folder, name);

  before(async function () {
    cluster = await startOrSkip(this);
    // What a shell, a script's comment, sbatch's patterns and its options could take for something else.
    folder = realpathSync(mkdtempSync(join(tmpdir(), `slurm 'a' "b" $(c)\n#SBATCH --hold;-`)));
    restore = setEnvironment({ ...cluster.environment, REJUVENATE_CLI: join(distFolder, 'cli.cjs') });
  });
  after(async () => {
    restore();
    await cluster?.stop();
    if (folder !== undefined) rmSync(folder, { recursive: true });
  });

  /** Arrays side by side, and one task after them. */
  function phases(name: string, arrays: readonly string[]): ClusterPhase[] {
    const array = (phase: string): ClusterPhase => ({
      name: phase,
      after: [],
      model: true,
      command: ['work', at(`${name}-${phase}`)],
      tasks: Array.from({ length: shards }, (_, shard) => ({
        words: [String(shard)],
        proof: { path: at(`${name}-${phase}.${shard}`) },
      })),
    });
    const joined = at(`${name}-base`);
    const merge = { command: ['join', joined, String(shards)], tasks: [{ words: [], proof: { path: joined } }] };
    return [...arrays.map(array), { name: 'merge', after: [...arrays], model: false, ...merge }];
  }

  async function created(name: string, arrays: readonly string[] = ['base']): Promise<ClusterRun> {
    const { run } = await createRun(at(`${name}.slurm`), {
      ...{
        command: 'run',
        phases: phases(name, arrays),
        outputs: {},
        arrayLimit: 2,
        cwd: folder,
        node: process.execPath,
      },
      ...{ environment: {}, cli: join(root, 'test', 'slurm', 'fakeCli.cjs') },
      settings: {
        sbatchArgs: [],
        setup: ["export GREETING='set up'", 'echo "$GREETING"'],
        gpusPerTask: '1',
        parallel: 2,
      },
    });
    return run;
  }

  async function submitted(name: string, arrays?: readonly string[]): Promise<ClusterRun> {
    const run = await created(name, arrays);
    await submitMissing(run, { again: false });
    return run;
  }

  const look = async (run: ClusterRun): Promise<RunStatus> => runStatus(run.plan, await lookAt(run));
  const text = (path: string) => readFileSync(path, 'utf8');
  const hold = (name: string, shard: number) => writeFileSync(at(`${name}-base.${shard}.hold`), '');
  const release = (name: string, shard: number) => rmSync(at(`${name}-base.${shard}.hold`));
  const pids = (name: string, shard: number) =>
    text(at(`${name}-base.${shard}.pids`))
      .trim()
      .split('\n')
      .map(Number);
  const held = (name: string, shard: number) =>
    cluster.until(() => {
      cluster.queue();
      return existsSync(at(`${name}-base.${shard}.kept`)) && text(at(`${name}-base.${shard}.kept`)).includes('step 4');
    }, `shard ${shard} of ${name} under way`);

  const left = ({ plan }: ClusterRun) => cluster.queue().filter((line) => line.includes(plan.id));

  async function follow(run: ClusterRun): Promise<void> {
    const said: string[] = [];
    const hurry = setInterval(() => cluster.queue(), 300);
    try {
      await followRun(run, {
        signal: new AbortController().signal,
        onStatus: () => undefined,
        say: (line) => said.push(line),
      });
    } finally {
      clearInterval(hurry);
    }
  }

  function assertWhole(name: string): void {
    const lines = Array.from({ length: shards }, (_, shard) =>
      Array.from({ length: 5 }, (_, step) => `shard ${shard} step ${step}\n`).join(''),
    );
    assert.equal(text(at(`${name}-base`)), lines.join(''));
  }

  it('work their phases off, in a folder whose name is data everywhere', async () => {
    const run = await submitted('plain', ['base', 'sft']);
    await follow(run);
    assertWhole('plain');
    assert.deepEqual(left(run), []);
    assert.deepEqual(readdirSync(join(run.folder, 'logs')).sort(), [
      ...['base-0.log', 'base-1.log', 'base-2+0.log', 'merge-0.log', 'sft-0.log', 'sft-1.log', 'sft-2+0.log'],
    ]);
    assert.match(text(join(run.folder, 'logs', 'base-0.log')), /^set up\nTask 0 of base/);
    const { state, phases: seen } = await look(run);
    assert.equal(state, 'done');
    assert.deepEqual(
      seen.map(({ name, tasks }) => [name, tasks.length]),
      [
        ['base', 3],
        ['sft', 3],
        ['merge', 1],
      ],
    );
    assert.equal(
      (await submitMissing(run, { again: true })).submitted.length,
      0,
      'a run that is done is not submitted',
    );
  });

  it('go on after a task was killed, one requeued, a node lost and the submitter killed', async () => {
    for (const shard of [0, 1, 2]) hold('storm', shard);
    const run = await submitted('storm');
    await held('storm', 0);
    // Its command dies: the task queues itself again, and goes on from what it kept.
    process.kill(pids('storm', 0).at(-1)!, 'SIGKILL');
    await cluster.until(() => cluster.queue().length > 0 && pids('storm', 0).length >= 2, 'task 0 again');
    await held('storm', 1);
    const base = cluster.queue().find((line) => / RUNNING rejuvenate-\S+-base /.test(line) && /_1 /.test(line))!;
    cluster.say('scontrol', 'requeue', base.split(' ')[0]!);
    await cluster.until(() => cluster.queue().length > 0 && pids('storm', 1).length >= 2, 'task 1 again');
    await held('storm', 2);
    // The other node has GPUs for two tasks.
    for (const shard of [0, 1]) release('storm', shard);
    const node = (await look(run)).phases[0]!.tasks[2]!.node as 'node1' | 'node2';
    const before = pids('storm', 2).length;
    await cluster.killNode(node);
    await cluster.until(() => cluster.queue().length > 0 && pids('storm', 2).length > before, 'task 2 on another node');
    assert.notEqual((await look(run)).phases[0]!.tasks[2]!.node, node);
    await cluster.reviveNode(node);
    release('storm', 2);
    await follow(run);
    assertWhole('storm');
    assert.deepEqual(left(run), []);
  });

  it('submit again what was cancelled by hand, with what waits for it', async () => {
    hold('lost', 0);
    const run = await submitted('lost');
    await held('lost', 0);
    const { job } = (await look(run)).phases[0]!.tasks[0]!;
    cluster.say('scancel', job!);
    await cluster.until(async () => (await look(run)).phases[0]!.tasks[0]!.state === 'missing', 'the task gone');
    release('lost', 0);
    await follow(run);
    assertWhole('lost');
    assert.deepEqual(left(run), []);
  });

  it('end when a task has failed three times, with the last lines of its log', async () => {
    writeFileSync(at('broken-base.1.broken'), '');
    const run = await submitted('broken');
    await assert.rejects(follow(run), (error: Error) => {
      assert.match(
        error.message,
        /^Task 1 of base failed 3 times, see .*base-1\.log\. Its log ends: .*the disk of shard 1 is broken/s,
      );
      return true;
    });
    assert.deepEqual(left(run), []);
    const { exitCode, stdout } = await rejuvenate(['slurm', 'status', run.folder]);
    assert.equal(exitCode, 0);
    assert.match(stdout, /the disk of shard 1 is broken/);
    assert.match(stdout, /Once the cause is put right, go on with:\n {2}rejuvenate slurm resume /);
    rmSync(at('broken-base.1.broken'));
    const resumed = await rejuvenate(['slurm', 'resume', run.folder, '--json']);
    assert.equal(resumed.exitCode, 0, resumed.stderr);
    const said = JSON.parse(resumed.stdout) as Documented;
    assertDocumented('slurm resume', said);
    const { submitted: again } = said as unknown as {
      readonly submitted: readonly { readonly phase: string; readonly tasks: number }[];
    };
    assert.deepEqual(
      again.map(({ phase, tasks }) => [phase, tasks]),
      [
        ['base', 1],
        ['merge', 1],
      ],
    );
    await follow(run);
    assertWhole('broken');
  });

  it('are cancelled with all their jobs, stay so, and are resumed', async () => {
    hold('ended', 0);
    const run = await submitted('ended');
    await held('ended', 0);
    assert.ok((await cancelRun(run, true)) > 1);
    assert.deepEqual(left(run), []);
    await assert.rejects(follow(run), { name: 'Interrupted', message: 'The run was cancelled.' });
    assert.equal((await look(run)).state, 'cancelled');
    release('ended', 0);
    await submitMissing(run, { again: true });
    await follow(run);
    assertWhole('ended');
    assert.deepEqual(left(run), []);
  });

  it('hear that their time is nearly up, and queue themselves again', async () => {
    hold('limit', 0);
    const run = await submitted('limit');
    await held('limit', 0);
    const { job } = (await look(run)).phases[0]!.tasks[0]!;
    cluster.say('scancel', '--batch', '--signal=USR2', job!);
    await cluster.until(() => cluster.queue().length > 0 && pids('limit', 0).length >= 2, 'the task again');
    release('limit', 0);
    await follow(run);
    assertWhole('limit');
    assert.equal((await look(run)).phases[0]!.tasks[0]!.failures, 0);
  });

  it('are refused in Slurm’s own words, and leave nothing then', async () => {
    const { run } = await createRun(at('refused.slurm'), {
      ...(await created('other')).plan,
      settings: { sbatchArgs: [], setup: [], partition: 'nowhere' },
    });
    await assert.rejects(submitMissing(run, { again: false }), {
      name: 'InputError',
      message: /^Slurm refused the job: .*invalid partition specified: nowhere/i,
    });
    assert.deepEqual(left(run), []);
  });
});
