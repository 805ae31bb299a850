import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { indexRanges } from '../../../src/cluster/slurm/indexRanges.ts';
import { jobName, parseJobName } from '../../../src/cluster/slurm/jobName.ts';
import { jobScript, typedSbatch } from '../../../src/cluster/slurm/jobScript.ts';
import { isLive, isQueued, parseQueue } from '../../../src/cluster/slurm/queue.ts';
import { sbatchArguments } from '../../../src/cluster/slurm/sbatchArguments.ts';

const run = '0123456789ab';
const hostile = [
  'a b',
  "it's",
  '"$(touch x)"',
  '`touch x`',
  'line\nbreak; touch x',
  '#SBATCH --hold',
  '-rf',
  '$HOME',
  '\\',
  'ünï',
];

describe('what Slurm is told', () => {
  it('names jobs so that their run, phase and place are read off', () => {
    for (const offset of [0, 1000]) {
      assert.deepEqual(parseJobName(jobName({ run, phase: 'base', offset })), { run, phase: 'base', offset });
    }
    for (const name of [
      '',
      'rejuvenate',
      `rejuvenate-${run}-`,
      `rejuvenate-${run}-base+`,
      `rejuvenate-${run}-base;x`,
      'other-1',
    ]) {
      assert.equal(parseJobName(name), undefined, name);
    }
  });

  it('writes sets of tasks as ranges', () => {
    assert.equal(indexRanges([3, 1, 2, 7, 9, 8, 0]), '0-3,7-9');
    assert.equal(indexRanges([5]), '5');
  });

  it('gets an array with what the user asked for, further arguments last, and GPUs for models alone', () => {
    const request = { run, phase: 'attribution', offset: 1000, indices: [0, 1, 5], after: ['12', '13_4'], model: true };
    const settings = {
      ...{ partition: 'gpu', account: 'lab', qos: 'high', time: '4:00:00', gpusPerTask: 'a100:1', cpusPerTask: 8 },
      ...{ mem: '64G', constraint: 'nvlink', parallel: 2, sbatchArgs: ['--comment=a b'], setup: [] },
    };
    assert.deepEqual(sbatchArguments(request, settings), [
      ...['--parsable', `--job-name=rejuvenate-${run}-attribution+1000`, '--array=0-1,5%2'],
      ...[
        '--output=logs/attribution-1000+%a.log',
        '--open-mode=append',
        '--requeue',
        '--signal=B:USR2@120',
        '--ntasks=1',
      ],
      ...['--dependency=afterok:12:13_4', '--kill-on-invalid-dep=yes'],
      ...['--partition=gpu', '--account=lab', '--qos=high', '--time=4:00:00', '--cpus-per-task=8', '--mem=64G'],
      ...['--constraint=nvlink', '--gpus-per-task=a100:1', '--comment=a b', 'scripts/attribution.sh', '1000'],
    ]);
    const plain = sbatchArguments(
      { ...request, model: false, after: [], offset: 0 },
      { ...settings, parallel: undefined },
    );
    assert.ok(!plain.some((word) => /gpus|dependency|%\d/.test(word)));
  });

  it('reads the queue, and leaves out what is not the run’s or no task', () => {
    const lines = [
      `12_3|RUNNING|node1|rejuvenate-${run}-base|None`,
      `13_4|PENDING||rejuvenate-${run}-base+1000|Dependency|with a bar`,
      `14_0|PENDING||rejuvenate-${run}-merge|DependencyNeverSatisfied`,
      `15_0|FAILED|node2|rejuvenate-${run}-sft|NonZeroExitCode`,
      '16_0|RUNNING|node2|rejuvenate-ffffffffffff-sft|None',
      `17|RUNNING|node2|rejuvenate-${run}-sft|None`,
      '',
      '|||',
      'x',
    ];
    const queue = parseQueue(lines.join('\n'), run);
    assert.deepEqual(
      queue.map((task) => [task.id, task.job, task.phase, task.index, isLive(task), isQueued(task), task.reason]),
      [
        ['12_3', '12', 'base', 3, true, true, 'None'],
        ['13_4', '13', 'base', 1004, true, true, 'Dependency|with a bar'],
        ['14_0', '14', 'merge', 0, false, true, 'DependencyNeverSatisfied'],
        ['15_0', '15', 'sft', 0, false, false, 'NonZeroExitCode'],
      ],
    );
  });

  it('runs scripts in which every path and argument is data', function () {
    if (process.platform === 'win32') this.skip();
    const folder = mkdtempSync(join(tmpdir(), 'script-'));
    try {
      const printer = join(folder, 'it\'s\n"$(x)".sh');
      writeFileSync(printer, '#!/bin/bash\nfor word; do printf "%s\\0" "$word"; done\nprintf "%s" "$GREETING"\n');
      chmodSync(printer, 0o755);
      const script = join(folder, 'script.sh');
      writeFileSync(
        script,
        jobScript({
          ...{
            phase: 'base',
            folder: '/a\nrun $(touch x) #',
            node: printer,
            cli: '/the cli',
            setup: ["export GREETING='set up'"],
          },
          environment: { ELECTRON_RUN_AS_NODE: '1' },
          commands: [hostile, hostile, hostile, hostile],
        }),
      );
      const out = execFileSync('bash', [script, '7'], { cwd: folder, encoding: 'utf8' });
      assert.deepEqual(out.split('\0'), ['/the cli', 'slurm', 'task', '/a\nrun $(touch x) #', 'base', '7', 'set up']);
      const typed = typedSbatch(hostile).replace(/^sbatch/, 'printf "%s\\0"');
      assert.deepEqual(
        execFileSync('bash', ['-c', typed], { cwd: folder, encoding: 'utf8' }).split('\0').slice(0, -1),
        hostile,
      );
      assert.throws(() => execFileSync('ls', [join(folder, 'x')], { stdio: 'ignore' }), 'nothing ran');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
