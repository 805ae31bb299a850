import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { type Attempt, keepAttempt } from '../../../src/cluster/run/attempts.ts';
import { cancelRun } from '../../../src/cluster/run/cancelRun.ts';
import type { ClusterRun } from '../../../src/cluster/run/clusterRun.ts';
import { noState, readState, writeState } from '../../../src/cluster/run/clusterState.ts';
import { createRun } from '../../../src/cluster/run/createRun.ts';
import { submitMissing } from '../../../src/cluster/run/submitMissing.ts';
import { resumeArguments } from '../../../src/cluster/slurm/sbatchArguments.ts';
import { setEnvironment } from '../../environment.ts';

/* The job that submits again what was lost of a run: when there is one, and when it leaves the run alone. Slurm is played. */

const programs = {
  sbatch: `
for word; do case "$word" in --job-name=*) name="\${word#--job-name=}";; --dependency=*|--nodelist=*) after="$word";; esac; done
case "$name" in *-resume) if [ -e "$PLAY/refuses" ]; then echo 'sbatch: error: QOSMaxSubmitJobPerUserLimit' >&2; exit 1; fi;; esac
number=$(( $(cat "$PLAY/taken" 2>/dev/null || echo 0) + 1 ))
echo $number > "$PLAY/taken"
echo "\${number}_0|PENDING||$name|Priority" >> "$PLAY/queue"
echo "$number $name $after" >> "$PLAY/submitted"
echo "$number"`,
  squeue: 'cat "$PLAY/queue" 2>/dev/null; exit 0',
  scancel: `
shift
for id; do grep -v "^$id|" "$PLAY/queue" > "$PLAY/left"; mv "$PLAY/left" "$PLAY/queue"; done`,
};

describe('the last job of a run on a cluster', () => {
  // Slurm's programs are those of Linux.
  if (process.platform === 'win32') return;
  let play: string;
  let run: ClusterRun;
  let restore = () => {};
  const at = (name: string) => join(play, name);
  const submitted = () =>
    readFileSync(at('submitted'), 'utf8')
      .replaceAll(`rejuvenate-${run.plan.id}-`, '')
      .split('\n')
      .map((line) => line.trim())
      .filter(Boolean);
  const queue = () => readFileSync(at('queue'), 'utf8');

  beforeEach(async () => {
    play = mkdtempSync(join(tmpdir(), 'resume-'));
    for (const [name, script] of Object.entries(programs)) {
      writeFileSync(at(name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    }
    restore = setEnvironment({ PLAY: play, PATH: `${play}${delimiter}${process.env['PATH']}` });
    const phase = (name: string, after: string[]) => ({
      ...{ name, after, model: true, command: ['work', name] },
      tasks: [{ words: [], proof: { path: at(`${name}.made`) } }],
    });
    const phases = [phase('base', []), phase('merge', ['base'])];
    ({ run } = await createRun(at('run.slurm'), {
      ...{ command: 'attribute', phases, outputs: {}, arrayLimit: 10, cwd: play },
      ...{ node: process.execPath, environment: {}, cli: at('cli.cjs'), settings: { sbatchArgs: [], setup: [] } },
    }));
  });
  afterEach(() => {
    restore();
    rmSync(play, { recursive: true });
  });

  const attempt = (array: string, outcome: Attempt['outcome'], node = 'n') =>
    keepAttempt(
      run.folder,
      { phase: 'base', index: 0, job: array, restart: 0 },
      { round: 0, array, node, began: `2026-01-01T00:00:0${array}Z`, outcome },
    );

  it('waits for all others, is replaced when others are submitted, and is cancelled with them', async () => {
    assert.deepEqual((await submitMissing(run, { again: false })).resume, { job: '3' });
    assert.deepEqual(submitted(), [
      ...['1 base', '2 merge --dependency=afterok:1', '3 resume --dependency=afterany:1:2'],
    ]);
    assert.equal((await submitMissing(run, { again: false })).resume, undefined, 'it waits already');
    // Somebody cancels base, and merge with it.
    writeFileSync(at('queue'), `${queue().split('\n')[2]}\n`);
    assert.deepEqual((await submitMissing(run, { again: false })).resume, { job: '6' });
    assert.equal(submitted().at(-1), '6 resume --dependency=afterany:4:5');
    assert.equal(queue().includes('3_0'), false);
    assert.equal(await cancelRun(run, true), 3);
    assert.equal(queue(), '');
    assert.deepEqual((await submitMissing(run, { again: false })).submitted, [], 'cancelled is cancelled');
  });

  it('is missed where Slurm refuses it, and the run goes on', async () => {
    writeFileSync(at('refuses'), '');
    const { submitted: phases, resume } = await submitMissing(run, { again: false });
    assert.equal(phases.length, 2);
    assert.deepEqual(resume, { refused: 'Slurm refused the job: QOSMaxSubmitJobPerUserLimit.' });
  });

  it('leaves a task alone that was ended from outside in three jobs, until somebody resumes the run', async () => {
    for (const array of ['1', '2']) await attempt(array, 'stopped');
    assert.equal((await submitMissing(run, { again: false, mostJobs: 3 })).submitted.length, 2);
    writeFileSync(at('queue'), '');
    await attempt('3', 'stopped');
    const kept = await submitMissing(run, { again: false, mostJobs: 3 });
    assert.deepEqual([kept.submitted, kept.wornOut], [[], { phase: 'base', index: 0 }]);
    assert.equal((await submitMissing(run, { again: true })).submitted.length, 2);
  });

  it('is submitted so often in a round, and then no more', async () => {
    const resumeJobs = Array.from({ length: 20 }, (_, job) => ({ job: String(job), round: 0 }));
    await writeState(run.folder, { ...noState, resumeJobs });
    assert.equal((await submitMissing(run, { again: false })).resume, undefined);
    writeFileSync(at('queue'), '');
    assert.ok((await submitMissing(run, { again: true })).resume !== undefined);
    assert.deepEqual((await readState(run.folder)).resumeJobs.at(-1), { job: '5', round: 1 });
  });

  it('has nodes’ local copies deleted when the run does not go on, and not once it goes on again', async () => {
    const phases = run.plan.phases.map((phase) => ({ ...phase, command: [...phase.command, '--stage=/local'] }));
    run = { ...run, plan: { ...run.plan, phases } };
    await submitMissing(run, { again: false });
    await attempt('1', 'stopped');
    await attempt('2', undefined, 'n2');
    await cancelRun(run, true);
    assert.deepEqual(submitted().slice(3), ['4 clear --nodelist=n', '5 clear --nodelist=n2']);
    assert.match(queue(), /^4_0\|.*\n5_0\|.*\n$/);
    await submitMissing(run, { again: true });
    assert.doesNotMatch(queue(), /-clear/);
  });

  it('is small, needs no GPU, and takes a script that a run of an older version has not', async () => {
    const settings = { gpusPerTask: '8', mem: '900G', cpusPerTask: 64, time: '2-0', partition: 'gpu', parallel: 2 };
    const args = resumeArguments(run.plan.id, ['1', '2'], { ...settings, sbatchArgs: ['--comment=x'], setup: [] });
    assert.deepEqual(args.slice(8), [
      ...[
        '--dependency=afterany:1:2',
        '--partition=gpu',
        '--time=10',
        '--cpus-per-task=1',
        '--mem=500M',
        '--comment=x',
      ],
      ...['scripts/resume.sh', '0'],
    ]);
    rmSync(join(run.folder, 'scripts', 'resume.sh'));
    await submitMissing(run, { again: false });
    assert.ok(existsSync(join(run.folder, 'scripts', 'resume.sh')));
  });
});
