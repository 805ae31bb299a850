import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { statusText } from '../../src/cli/output/cluster/slurmReport.ts';
import { beginRun } from '../../src/cluster/run/beginRun.ts';
import { lookAt } from '../../src/cluster/status/lookAt.ts';
import { runStatus } from '../../src/cluster/status/runStatus.ts';
import { distFolder } from '../../src/distFolder.ts';
import { copiesFolder } from '../../src/run/staging/copiesFolder.ts';
import { setEnvironment } from '../environment.ts';
import { root } from '../paths.ts';
import type { SlurmCluster } from './slurmCluster.ts';
import { startOrSkip } from './startOrSkip.ts';

/* A run on a real Slurm that nobody waits for: its last job submits again what was taken from it. */

/** Ends a process, if it still runs. */
function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}

const shards = 3;
const steps = 2;

describe('a run on a Slurm cluster that nobody waits for', () => {
  let cluster: SlurmCluster;
  let folder: string;
  let restore = () => {};
  const at = (name: string) => join(folder, name);
  const text = (path: string) => readFileSync(path, 'utf8');

  before(async function () {
    cluster = await startOrSkip(this);
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'slurm-left-')));
    const variables = { REJUVENATE_CLI: join(distFolder, 'cli.cjs'), FAKE_STEPS: String(steps) };
    restore = setEnvironment({ ...cluster.environment, ...variables });
  });
  after(async () => {
    restore();
    await cluster?.stop();
    if (folder !== undefined) rmSync(folder, { recursive: true });
  });

  const pid = (shard: number) =>
    Number(
      text(at(`all.${shard}.pids`))
        .trim()
        .split('\n')
        .at(-1),
    );
  const parent = (process: number) => Number(/^PPid:\s*(\d+)$/m.exec(text(`/proc/${process}/status`))![1]);

  it('ends though a task is cancelled by hand, one killed with its script, and one lost with its node', async () => {
    for (let shard = 0; shard < shards; shard++) writeFileSync(at(`all.${shard}.hold`), '');
    const all = at('all');
    const { run, submitted, resume } = await beginRun(at('all.slurm'), {
      ...{ command: 'run', outputs: {}, arrayLimit: 2, cwd: folder, node: process.execPath, environment: {} },
      cli: join(root, 'test', 'slurm', 'fakeCli.cjs'),
      // Slurm queues nothing again, nor do tasks.
      settings: { sbatchArgs: ['--no-requeue'], setup: [], gpusPerTask: '1' },
      phases: [
        {
          ...{ name: 'base', after: [], model: true, command: ['work', all] },
          tasks: Array.from({ length: shards }, (_, shard) => ({
            words: [String(shard), `--stage=${at('local')}`],
            proof: { path: `${all}.${shard}` },
          })),
        },
        {
          ...{ name: 'merge', after: ['base'], model: false, command: ['join', all, String(shards)] },
          tasks: [{ words: [], proof: { path: all } }],
        },
      ],
    });
    assert.deepEqual(
      submitted.map(({ phase }) => phase),
      ['base', 'merge'],
    );
    assert.ok(resume !== undefined && 'job' in resume);
    // What a task that runs models would have copied.
    const copies = copiesFolder(at('local'), run.plan.id);
    mkdirSync(join(copies, 'sft'), { recursive: true });
    const look = async () => runStatus(run.plan, await lookAt(run));
    const kept = (shard: number) => existsSync(at(`all.${shard}.kept`)) && text(at(`all.${shard}.kept`));
    await cluster.until(
      () => [0, 1, 2].every((shard) => kept(shard) && String(kept(shard)).includes(`step ${steps - 1}`)),
      'all under way',
    );
    const seen = await look();
    assert.equal(seen.resume?.id, `${resume.job}_0`);
    assert.match(statusText(run, seen, undefined), /^resume: job \d+_0 submits again what is lost once all others/m);
    const { tasks } = seen.phases[0]!;
    const [taken, killed, lost] = [0, 1, 2] as const;
    const node = tasks[lost]!.node as 'node1' | 'node2';
    // What a script that is killed, or a node that is lost, leaves at work would still end well here.
    const left = [parent(pid(killed)), pid(killed), parent(pid(lost)), pid(lost)];
    process.kill(left[0]!, 'SIGKILL');
    cluster.say('scancel', tasks[taken]!.job!);
    await cluster.killNode(node);
    await cluster.until(
      async () => (await look()).phases[0]!.tasks.every(({ state }) => state === 'missing'),
      'all of them gone',
    );
    for (const each of left.slice(1)) kill(each);
    await cluster.reviveNode(node);
    for (let shard = 0; shard < shards; shard++) rmSync(at(`all.${shard}.hold`));
    await cluster.until(() => existsSync(all) && cluster.queue().length === 0, 'the end of the run');
    const expected = [0, 1, 2].flatMap((shard) => [0, 1].map((step) => `shard ${shard} step ${step}\n`));
    assert.equal(text(all), expected.join(''));
    assert.equal((await look()).state, 'done');
    assert.equal(existsSync(copies), false, 'the local copies are deleted on every node');
    assert.match(text(join(run.folder, 'logs', 'clear-0.log')), /^Deleted .*rejuvenation-copies/m);
    const log = text(join(run.folder, 'logs', 'resume-0.log'));
    assert.match(log, /^base: submitted again, 3 tasks, job \d+ \d+\nmerge: submitted again, one task, job \d+$/m);
    assert.equal(log.match(/looks at the run/g)?.length, 1, 'the second such job was ended by the last task');
  });
});
