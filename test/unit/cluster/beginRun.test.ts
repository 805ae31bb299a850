import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { beginRun } from '../../../src/cluster/run/beginRun.ts';
import type { PlannedRun } from '../../../src/cluster/run/createRun.ts';
import { setEnvironment } from '../../environment.ts';

/* What is left where Slurm takes one part of a run and refuses another: its programs are played here. */

/** Takes one array and refuses the next while a file says so; queues what it took until it is cancelled. */
const programs = {
  sbatch: `
if [ -e "$PLAY/taken" ] && [ -e "$PLAY/full" ]; then echo 'sbatch: error: Job violates limits' >&2; exit 1; fi
echo $(( $(cat "$PLAY/taken" 2>/dev/null || echo 0) + 1 )) > "$PLAY/taken"
for word; do case "$word" in --job-name=*) name="\${word#--job-name=}";; esac; done
number=$(cat "$PLAY/taken")
echo "\${number}_0|PENDING||$name|Priority" >> "$PLAY/queue"
echo "$number"`,
  squeue: 'cat "$PLAY/queue" 2>/dev/null; exit 0',
  scancel: 'echo "$@" >> "$PLAY/cancelled"; rm -f "$PLAY/queue"',
};

describe('beginning a run on a cluster', () => {
  // Slurm's programs are those of Linux.
  if (process.platform === 'win32') return;
  let play: string;
  let restore = () => {};
  const at = (name: string) => join(play, name);

  beforeEach(() => {
    play = mkdtempSync(join(tmpdir(), 'begin-'));
    for (const [name, script] of Object.entries(programs)) {
      writeFileSync(at(name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    }
    restore = setEnvironment({ PLAY: play, PATH: `${play}${delimiter}${process.env['PATH']}` });
  });
  afterEach(() => {
    restore();
    rmSync(play, { recursive: true });
  });

  function planned(): PlannedRun {
    const phase = (name: string) => ({
      ...{ name, after: [], model: true, command: ['work', name] },
      tasks: [{ words: [], proof: { path: at(`${name}.made`) } }],
    });
    return {
      ...{ command: 'attribute', phases: [phase('base'), phase('sft')], outputs: {}, arrayLimit: 10, cwd: play },
      ...{ node: process.execPath, environment: {}, cli: at('cli.cjs'), settings: { sbatchArgs: [], setup: [] } },
    };
  }

  it('cancels what was taken of a new run, and leaves no folder', async () => {
    writeFileSync(at('full'), '');
    await assert.rejects(beginRun(at('new.slurm'), planned()), { message: /^Slurm refused the job: .*limits/ });
    assert.equal(readFileSync(at('cancelled'), 'utf8'), '-Q 1_0\n');
    assert.equal(existsSync(at('new.slurm')), false);
  });

  it('leaves the jobs of a run that was there', async () => {
    const { submitted } = await beginRun(at('old.slurm'), planned());
    assert.deepEqual(
      submitted.map(({ phase, jobs }) => [phase, jobs]),
      [
        ['base', ['1']],
        ['sft', ['2']],
      ],
    );
    const [base] = readFileSync(at('queue'), 'utf8').split('\n');
    writeFileSync(at('queue'), `${base}\n`);
    writeFileSync(at('full'), '');
    await assert.rejects(beginRun(at('old.slurm'), planned()), { message: /^Slurm refused the job/ });
    assert.equal(existsSync(at('cancelled')), false);
    assert.equal(existsSync(join(at('old.slurm'), 'run.json')), true);
  });
});
