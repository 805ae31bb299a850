import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { submitWords } from '../../../src/cli/commands/cluster/submitWords.ts';
import { sweepCommand } from '../../../src/cli/commands/sweepCommand.ts';
import { type ClusterRun, readRun } from '../../../src/cluster/run/clusterRun.ts';
import type { SlurmSettings } from '../../../src/cluster/slurm/slurmSettings.ts';
import { parseCondition } from '../../../src/readiness/verdict/conditions.ts';
import { defaultSettings } from '../../../src/settings/runSettings.ts';
import { planDefaults, type ReadinessPlan } from '../../../src/views/readiness/readinessPlan.ts';
import { readinessOptions } from '../../../src/views/readiness/readinessWords.ts';
import { FollowedRuns } from '../../../src/views/slurm/followedRuns.ts';
import { inFreeFolder } from '../../../src/views/slurm/runFolder.ts';
import { engineOptions, slurmOptions } from '../../../src/views/slurm/slurmWords.ts';
import { sweepOptions } from '../../../src/views/sweep/sweepWords.ts';
import { setEnvironment } from '../../environment.ts';
import { root } from '../../paths.ts';

/* What VS Code sends to a cluster: the command line's own commands, submitted to a Slurm that is played. */

const context = { signal: new AbortController().signal, onEvent: () => undefined };
const slurm = {
  ...{ partition: 'gpu', gpusPerTask: '1', mem: '4G', time: '1:00:00', parallel: 2 },
  ...{ sbatchArgs: ['--comment=a b'], setup: ['module load cuda'] },
};

describe('work of VS Code on Slurm', () => {
  if (process.platform === 'win32') return;
  let folder: string;
  let restore = () => {};
  const at = (name: string) => join(folder, name);

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'words-'));
    const programs = { sbatch: 'echo 7', squeue: '', scancel: '', scontrol: 'echo "MaxArraySize = 1001"' };
    for (const [name, script] of Object.entries(programs)) {
      writeFileSync(at(name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    }
    restore = setEnvironment({ PATH: `${folder}${delimiter}${process.env['PATH']}` });
  });
  afterEach(() => {
    restore();
    rmSync(folder, { recursive: true });
  });

  const shared = slurmOptions({ slurm, shards: 3, stage: '$TMPDIR/copies' });
  const settings = { ...defaultSettings, device: 'cuda', memoryBytes: 8e9, threads: 2 } as const;

  const plan: ReadinessPlan = {
    ...planDefaults,
    ...{ source: { kind: 'engine' }, checkpoints: ['/c/sft', '/c/--step 2'], models: 3, base: '/c/base' },
    ...{ prompts: ['/p/a b.jsonl', '/p/--c.jsonl'], promptCount: 9, draw: 5, seed: 3, evalTemperature: 0 },
    ...{ promptField: 'question', answerField: 'gold', asChat: true, record: '/r/x.readiness.json' },
    grader: { name: 'command', program: '/bin/grade', args: ['--strict', "it's"], seconds: 7 },
    conditions: [parseCondition('pass@16=0.3', 'min'), parseCondition('sampled-entropy=2', 'max')],
  };

  it('is the command of the command line, with what is set of the engine and of Slurm', async () => {
    const { grader, draw, promptField, answerField, asChat, evalTemperature } = plan;
    const sampling = { ...planDefaults, grader, draw, promptField, answerField, asChat, evalTemperature };
    const asked = {
      ...{ alphas: [0.2, 0.5], rhos: [0, 0.01], controls: [], seeds: 2, anchors: ['/a/--step 1'] },
      sampling: { ...sampling, prompts: plan.prompts, promptCount: 9 },
    };
    const options = sweepOptions(asked, settings, at('x.sweep.json'));
    const words = { command: 'sweep', options, shared, operands: ['/r/x.rejuvenation.json'] } as const;
    const run = await readRun(await submitWords({ ...words, runFolder: at('x.slurm') }, context));
    // One that samples nothing, and one with random controls, are taken as well.
    for (const [i, more] of [{ sampling: undefined }, { controls: ['random'] as const }].entries()) {
      const own = sweepOptions({ ...asked, ...more }, settings, at(`${i}.sweep.json`));
      await submitWords({ ...words, options: own, runFolder: at(`${i}.slurm`) }, context);
    }
    assert.equal(run.folder, at('x.slurm'));
    const { command, phases } = run.plan;
    assert.equal(command, 'sweep');
    const all = phases.flatMap((phase) => [...phase.command, ...phase.tasks.flatMap((task) => task.words)]);
    const expected = [
      ...['--alpha=0.2,0.5', '--rho=0,0.01', '--controls=none', '--anchor=/a/--step 1', '--prompts=/p/--c.jsonl'],
      ...['--answer-field=gold', '--prompts-as=chat', '--eval-temperature=0', '--grader=command', '--max-tokens=1024'],
      ...['--device=cuda', '--threads=2', '--stage=$TMPDIR/copies'],
    ];
    for (const word of expected) {
      assert.ok(all.includes(word), `${word} in ${all.join(' ')}`);
    }
    assert.deepEqual(
      [run.plan.settings.partition, run.plan.settings.setup, run.plan.settings.sbatchArgs],
      ['gpu', ['module load cuda'], ['--comment=a b']],
    );
  });

  it('names everything that may be set of Slurm as the command line does', () => {
    const every: Required<SlurmSettings> = {
      ...{ partition: 'p', account: 'a', qos: 'q', time: '1', gpusPerTask: '1', cpusPerTask: 1, mem: '1G' },
      ...{ constraint: 'c', arrayLimit: 9, parallel: 2, sbatchArgs: ['--x'], setup: ['y'] },
    };
    const known = sweepCommand({} as Parameters<typeof sweepCommand>[0]).options.map((option) => option.name());
    const names = slurmOptions({ slurm: every, shards: 3, stage: '/s' }).map(([name]) => name);
    assert.equal(names.length, Object.keys(every).length + 2);
    // And it may be set.
    const { contributes } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    const settings = [contributes.configuration].flat().flatMap(({ properties }) => Object.entries<object>(properties));
    const { properties } = Object.fromEntries(settings)['rejuvenation.slurm'] as { readonly properties: object };
    assert.deepEqual(Object.keys(properties).sort(), [...Object.keys(every), 'shards', 'stage'].sort());
    assert.deepEqual(
      names.filter((name) => !known.includes(name)),
      [],
    );
  });

  it('leaves out what a command has no use for: a commit runs no model', async () => {
    writeFileSync(at('x.rejuvenation.json'), '{}');
    const operands = [at('x.rejuvenation.json')];
    const words = { command: 'commit', options: [['out', at('out')]], shared, operands } as const;
    // It came as far as to read its record.
    await assert.rejects(submitWords({ ...words, runFolder: at('c.slurm') }, context), {
      name: 'InputError',
      message: /x\.rejuvenation\.json/,
    });
  });

  it('says what is wrong with an option, as the command line does', async () => {
    const words = { command: 'sweep', options: [['alpha', 'much']], shared, operands: ['/r'] } as const;
    await assert.rejects(submitWords({ ...words, runFolder: at('x.slurm') }, context), {
      name: 'InputError',
      message: /^option '--alpha <list>' argument 'much' is invalid/,
    });
  });

  it('is all of a readiness plan', async () => {
    const words = { command: 'readiness', shared, operands: plan.checkpoints, runFolder: at('r.slurm') } as const;
    const run = await readRun(await submitWords({ ...words, options: readinessOptions(plan, settings) }, context));
    const all = run.plan.phases.flatMap(({ command, tasks }) => [...command, ...tasks.flatMap((task) => task.words)]);
    for (const word of [
      ...['--base=/c/base', '--prompts=/p/a b.jsonl', '--prompts=/p/--c.jsonl', '--draw=5', '--prompts-field=question'],
      ...['--answer-field=gold', '--prompts-as=chat', '--samples=16', '--eval-temperature=0', '--max-tokens=1024'],
      ...['--grader=command', `--grader-command=["/bin/grade","--strict","it's"]`, '--grader-timeout=7', '--seed=3'],
      ...['--min=pass@16=0.3', '--max=sampled-entropy=2', '--out=/r/x.readiness.json', '/c/--step 2'],
    ]) {
      assert.ok(all.includes(word), `${word} in ${all.join(' ')}`);
    }
  });

  it('has options for lines where there are lines, and none of a verdict where none is wanted', () => {
    const names = (of: Partial<ReadinessPlan>) =>
      readinessOptions({ ...plan, ...of }, { ...settings, promptField: 'q' }).map(([name]) => name);
    assert.ok(!names({}).includes('prompt-field'));
    assert.ok(!names({}).includes('lines'));
    const lined = names({ prompts: [], grader: undefined, training: ['/t.jsonl'], conditions: [] });
    assert.deepEqual(
      lined.filter((name) =>
        ['prompts', 'samples', 'calibration', 'lines', 'prompt-field', 'no-verdict'].includes(name),
      ),
      ['calibration', 'prompt-field', 'lines', 'no-verdict'],
    );
  });

  it('gets a folder of its own beside others, and goes on in its own', async () => {
    const operands = ['/r/x.rejuvenation.json'];
    const submit = (alpha: string) => (runFolder: string) =>
      submitWords(
        { command: 'sweep', options: [['alpha', alpha], ...engineOptions(settings)], shared, operands, runFolder },
        context,
      );
    assert.equal(await inFreeFolder(at('x'), submit('0.1')), at('x.slurm'));
    assert.equal(await inFreeFolder(at('x'), submit('0.1')), at('x.slurm'), 'it is not over');
    assert.equal(await inFreeFolder(at('x'), submit('0.2')), at('x-2.slurm'), 'another');
    const run: ClusterRun = await readRun(at('x.slurm'));
    for (const { tasks } of run.plan.phases) {
      for (const { proof } of tasks) writeFileSync(join(run.folder, proof.path), '');
    }
    assert.equal(await inFreeFolder(at('x'), submit('0.1')), at('x-3.slurm'), 'over, and asked for anew');
  });

  it('is remembered until its end was seen', async () => {
    const kept = new Map<string, unknown>();
    const followed = () =>
      new FollowedRuns({
        get: <Value>(key: string) => kept.get(key) as Value,
        update: async (key: string, value: unknown) => {
          kept.set(key, JSON.parse(JSON.stringify(value)));
        },
      });
    assert.deepEqual(followed().all(), []);
    const run = (name: string) => ({
      folder: `/${name}`,
      named: name,
      opens: { view: 'inspector', path: '/r' } as const,
    });
    for (const name of ['a', 'b', 'a']) await followed().keep(run(name));
    assert.deepEqual(followed().all(), [run('a'), run('b')]);
    await followed().forget('/a');
    assert.deepEqual(followed().all(), [run('b')]);
    for (const key of kept.keys()) kept.set(key, [7, { folder: '/x' }, run('c')]);
    assert.deepEqual(followed().all(), [run('c')], 'what it did not write is nothing');
  });
});
