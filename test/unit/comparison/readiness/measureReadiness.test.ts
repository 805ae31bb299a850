import assert from 'node:assert/strict';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildProgram } from '../../../../src/cli/commands/program.ts';
import { failureOf } from '../../../../src/cli/output/failure.ts';
import { measureReadiness } from '../../../../src/comparison/readiness/measureReadiness.ts';
import type { ReadinessOptions, SamplingPlan } from '../../../../src/comparison/readiness/readinessOptions.ts';
import { InputError, Interrupted, RunError } from '../../../../src/errors.ts';
import { defaultConditions, parseCondition } from '../../../../src/readiness/verdict/conditions.ts';
import { readReadiness } from '../../../../src/record/readiness/readinessFile.ts';
import type { ReadinessRecord } from '../../../../src/record/readiness/readinessRecord.ts';
import type { RunContext } from '../../../../src/run/progress/runContext.ts';
import { checkpointFixtures } from '../../../paths.ts';
import { type FakeOptions, fakeSource, type RightAnswers } from './fakeSource.ts';

const pair = join(checkpointFixtures, 'tiny-qwen3-tied');
const [base, sft] = [join(pair, 'base'), join(pair, 'sft')];

/** Base: 1 of 8 right for even prompts. SFT: all right for prompts 0 and 1, none else. */
const right: RightAnswers = (name, prompt) => {
  if (name === 'base') return prompt % 2 === 0 ? 1 : 0;
  return prompt < 2 ? 8 : 0;
};

describe('readiness', () => {
  let folder: string;
  let out: string;
  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'readiness-')));
    out = join(folder, 'a.readiness.json');
    const rows = Array.from({ length: 6 }, (_, i) => JSON.stringify({ prompt: `What is ${i}?`, answer: i }));
    writeFileSync(join(folder, 'prompts.jsonl'), `${rows.join('\n')}\n`);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const notes: string[] = [];
  const context = (signal = new AbortController().signal): RunContext => ({
    signal,
    onEvent(event) {
      if (event.type === 'note') notes.push(event.text);
    },
    startEngine: () => assert.fail('an engine was started'),
  });

  const optionsFor = (
    fake: FakeOptions,
    own: Partial<ReadinessOptions> = {},
    plan: Partial<SamplingPlan> = {},
  ): ReadinessOptions & { readonly fake: ReturnType<typeof fakeSource> } => {
    const made = fakeSource(fake);
    const sampling: SamplingPlan = {
      prompts: {
        ...{ kind: 'files', paths: [join(folder, 'prompts.jsonl')], draw: 0 },
        ...{ promptField: '', answerField: '', asChat: false },
      },
      open: made.open,
      ...{ samples: 8, temperature: 1, evalTemperature: 0, topP: 1, maxTokens: 64, stop: [], seed: 0 },
      ...{ grader: undefined, correctAbove: undefined, groupSizes: [4, 16] },
      ...plan,
    };
    return {
      ...{ checkpoints: [sft], base, elsewhere: false, lines: undefined, sampling, conditions: defaultConditions },
      ...{ out, overwrite: false, fake: made },
      ...own,
    };
  };

  /** What a run leaves that does not hang on when it ran. */
  const lasting = ({ created, seconds, notes: said, ...rest }: ReadinessRecord) => rest;

  it('samples base and checkpoint at both temperatures, judges, and writes a record that can be read', async () => {
    const options = optionsFor({ right });
    const { path, record } = await measureReadiness(options, context());
    assert.equal(path, out);
    assert.deepEqual(await readReadiness(out), record);
    assert.deepEqual(readdirSync(folder).sort(), ['a.readiness.json', 'prompts.jsonl']);
    assert.equal(options.fake.held.size, 0);
    const [baseRow, row] = record.rows;
    assert.deepEqual(
      [baseRow!.name, baseRow!.isBase, baseRow!.ready, row!.name, row!.ready],
      ['base', true, null, 'sft', false],
    );
    assert.deepEqual(record.sampling!.temperatures, [1, 0]);
    const [sampled, greedy] = row!.sampled;
    assert.deepEqual(
      sampled!.counts.map(({ correct }) => correct),
      [8, 8, 0, 0, 0, 0],
    );
    assert.equal(sampled!.passAtK.length, 8);
    assert.ok(Math.abs(sampled!.passAtK[0]!.value - 1 / 3) < 1e-12);
    assert.ok(Math.abs(baseRow!.sampled[0]!.passAtK[7]!.value - 0.5) < 1e-12);
    // Greedy is sampled once, since all answers are the same.
    assert.deepEqual([greedy!.passAtK.length, greedy!.deadGroups.length], [1, 0]);
    assert.deepEqual(sampled!.coverage, { both: 1, lost: 2, gained: 1, neither: 2, lostPerGained: 2 });
    assert.equal(baseRow!.sampled[0]!.coverage, null);
    // The condition's own size is counted too; all groups of the SFT are dead.
    assert.deepEqual(
      sampled!.deadGroups.map(({ group, value, estimate }) => [group, value, estimate]),
      [
        [4, 1, 'unbiased'],
        [8, 1, 'unbiased'],
        [16, 1, 'plug-in'],
      ],
    );
    assert.deepEqual(row!.outcomes, [{ value: 1, met: false, close: false }]);
    assert.deepEqual([sampled!.length, sampled!.longest, sampled!.stopRate], [6.5, 10, 0.75]);
    assert.equal(sampled!.surprisal, 0.375);
    assert.equal(sampled!.distinctAnswers, (1 + 1 + 8 * 4) / 6);
  });

  for (const after of [0, 1, 4, 9, 17]) {
    it(`stopped after ${after} prompts goes on where it was, to the same record`, async () => {
      const whole = await measureReadiness(optionsFor({ right }, { out: undefined }), context());
      const before = (asked: readonly string[]) => {
        if (asked.length === after) throw new Interrupted('Stopped.');
      };
      const stopped = optionsFor({ right, before });
      await assert.rejects(measureReadiness(stopped, context()), Interrupted);
      assert.equal(stopped.fake.held.size, 0);
      assert.equal(existsSync(out), false);
      const again = optionsFor({ right });
      const { record } = await measureReadiness(again, context());
      assert.deepEqual(lasting(record), lasting(whole.record));
      assert.equal(again.fake.asked.length, 24 - after);
      assert.deepEqual(readdirSync(folder).sort(), ['a.readiness.json', 'prompts.jsonl']);
    });
  }

  it('grades anew what another grader graded, and samples anew with another seed', async () => {
    const before = (asked: readonly string[]) => {
      if (asked.length === 23) throw new Interrupted('Stopped.');
    };
    await assert.rejects(measureReadiness(optionsFor({ right, before }), context()), Interrupted);
    const other = optionsFor({ right, before: () => assert.fail('sampled again') }, {}, { grader: { name: 'exact' } });
    await assert.rejects(measureReadiness(other, context()), assert.AssertionError);
    assert.deepEqual(other.fake.asked, []);
    const seeded = optionsFor({ right }, {}, { grader: { name: 'exact' }, seed: 1 });
    const { record } = await measureReadiness(seeded, context());
    assert.equal(seeded.fake.asked.length, 24);
    assert.equal(record.rows[1]!.sampled[0]!.passAtK[0]!.value, 0);
  });

  it('takes rewards for grades where the source gives them, and asks which are right where they are many', async () => {
    const rewarded = (...rewards: number[]): FakeOptions => ({
      right,
      change: ({ prompt, rollouts }) => ({
        prompt,
        rollouts: rollouts.map((each, i) => ({ ...each, reward: rewards[i % rewards.length]! })),
      }),
    });
    const plain = { out: undefined };
    const { record } = await measureReadiness(optionsFor(rewarded(1, -1), plain), context());
    assert.equal(record.sampling!.grader.name, 'rewards');
    assert.equal(record.rows[1]!.sampled[0]!.passAtK[0]!.value, 0.5);
    const many = optionsFor(rewarded(0, 0.1, 1), plain);
    await assert.rejects(
      measureReadiness(many, context()),
      /The rewards are of more than two kinds \(.*--correct-above/,
    );
    const above = optionsFor(rewarded(0, 0.1, 1, 0), plain, { correctAbove: 0.5 });
    const chosen = await measureReadiness(above, context());
    assert.equal(chosen.record.rows[1]!.sampled[0]!.passAtK[0]!.value, 0.25);
  });

  it('says where a source gives fewer answers, others than asked for, or none', async () => {
    const plain = { out: undefined, conditions: [] };
    const fewer = optionsFor(
      { right, change: (all) => (all.prompt === 2 ? { ...all, rollouts: all.rollouts.slice(0, 3) } : all) },
      plain,
    );
    const { record } = await measureReadiness(fewer, context());
    assert.equal(record.rows[1]!.sampled[0]!.passAtK.length, 3);
    assert.match(record.notes.join('\n'), /sft: 1 prompt got fewer than 8 answers from a source for tests/);
    const faults: readonly (readonly [change: FakeOptions['change'], message: RegExp])[] = [
      [(all) => (all.prompt === 2 ? undefined : all), /gave no answers to 1 of 6 prompts/],
      [(all) => ({ ...all, prompt: 0 }), /gave answers to prompt 0, which was not asked for/],
      [(all) => ({ ...all, prompt: 99 }), /prompt 99, which was not asked for/],
      [(all) => ({ ...all, rollouts: [] }), /gave no answer to prompt 5/],
    ];
    for (const [change, message] of faults) {
      await assert.rejects(
        measureReadiness(optionsFor({ right, change: change! }, plain), context()),
        (error: unknown) => {
          assert.ok(error instanceof RunError, String(error));
          assert.match(error.message, message);
          return true;
        },
      );
    }
  });

  it('refuses what cannot be had, before anything is sampled', async () => {
    mkdirSync(join(folder, 'b.readiness.partial'));
    writeFileSync(join(folder, 'b.readiness.partial', 'mine.txt'), '');
    writeFileSync(join(folder, 'there.readiness.json'), '');
    const bare = join(folder, 'bare');
    mkdirSync(bare);
    for (const file of ['config.json', 'model.safetensors']) copyFileSync(join(sft, file), join(bare, file));
    const condition = (text: string) => [parseCondition(text, 'min')];
    const faults: readonly (readonly [own: Partial<ReadinessOptions>, message: RegExp])[] = [
      [{ checkpoints: [] }, /No checkpoint was given/],
      [{ sampling: undefined }, /There is nothing to measure/],
      [{ conditions: condition('pass@9=0.1') }, /pass@9 needs 9 answers a prompt, and 8 are sampled: give --samples 9/],
      [{ conditions: condition('nll-gap=0.1') }, /nll-gap needs training lines: give --calibration/],
      [{ conditions: condition('lost=0.1'), base: undefined }, /lost needs a base/],
      [{ checkpoints: [sft, join(sft, '.')] }, /same checkpoint|twice/],
      [{ checkpoints: [join(folder, 'none')] }, /none/],
      [{ checkpoints: [bare] }, /bare" lacks tokenizer\.json; copy it/],
      [{ out: join(folder, 'a.json') }, /must be named NAME\.readiness\.json/],
      [{ out: join(folder, 'there.readiness.json') }, /exists already: choose another place, or pass --overwrite/],
      [{ out: join(folder, 'b.readiness.json') }, /is no such folder: move it away/],
      [{ out: join(sft, 'a.readiness.json') }, /lies inside the input/],
    ];
    for (const [own, message] of faults) {
      const options = optionsFor({ right }, own);
      await assert.rejects(measureReadiness(options, context()), (error: unknown) => {
        assert.ok(error instanceof InputError, String(error));
        assert.match(error.message, message);
        return true;
      });
      assert.deepEqual(options.fake.asked, []);
    }
    assert.deepEqual(readdirSync(join(folder, 'b.readiness.partial')), ['mine.txt']);
  });

  it('on the command line prints tables and what they mean, and ends with exit code 3 when not ready', async () => {
    let printed = '';
    const fake = fakeSource({ right });
    const run = async (...args: string[]): Promise<number> => {
      printed = '';
      const told = {
        ...context(),
        print: (text: string) => {
          printed += text;
        },
        say: () => {},
        openRollouts: fake.open,
      };
      const program = buildProgram(told, () => assert.fail('devices were probed'));
      const argv = [
        'readiness',
        sft,
        '--base',
        base,
        '--prompts',
        join(folder, 'prompts.jsonl'),
        '--samples',
        '8',
        ...args,
      ];
      try {
        await program.parseAsync(argv, { from: 'user' });
        return 0;
      } catch (error) {
        const { exitCode, message } = failureOf(error, false);
        printed += `\n${message}`;
        return exitCode;
      }
    };
    assert.equal(await run('--out', out), 3);
    assert.match(printed, /│ sampled, T = 1 +│ +Pass@1 │ +Pass@4 │ +Pass@8 │/);
    assert.match(printed, /│ sft +│ 0\.333 \[0\.000, 0\.667\] │/);
    assert.match(printed, /2 \/ 1 = 2\.00/);
    assert.match(printed, /sft: not ready \(dead@8 at most 0\.5: 1\.000, not met\)/);
    assert.match(printed, /dead@8 at most 0\.5\. From: arXiv 2606\.18487/);
    assert.match(printed, /95 % bootstrap interval over prompts/);
    assert.match(printed, /Not ready: sft\.$/);
    const text = printed.slice(0, printed.lastIndexOf('\n'));
    printed = '';
    const shown = buildProgram({ ...context(), print: (line) => (printed += line), say: () => {} }, () =>
      assert.fail('devices were probed'),
    );
    await shown.parseAsync(['show', out], { from: 'user' });
    assert.equal(printed, text);
    assert.equal(await run('--max', 'dead@8=1', '--min', 'pass@1=0.2', '--json'), 0);
    const { rows } = JSON.parse(printed) as ReadinessRecord;
    assert.deepEqual(rows[1]!.outcomes[0], { value: 1 / 3, met: true, close: true });
    assert.equal(await run('--no-verdict'), 0);
    assert.equal(await run('--min', 'pass@16=0.2'), 2);
    assert.match(printed, /give --samples 16/);
    assert.equal(await run('--temperature', '0', '--max', 'dead@8=1'), 2);
    assert.match(printed, /give a --temperature above 0/);
    assert.equal(await run('--temperature', '0'), 0);
    assert.equal(await run('--grader', 'regex'), 2);
    assert.match(printed, /--grader regex needs --grader-pattern/);
    assert.equal(await run('--no-verdict', '--grader', 'regex', '--grader-pattern', 'boxed\\{(\\d+)'), 0);
    const counts = JSON.parse(readFileSync(out, 'utf8')).rows[1].sampled[0].counts;
    assert.equal(counts.length, 6);
    assert.equal(await run('--no-verdict', '--grader', 'command', '--grader-command', '["node"'), 2);
    const script =
      "process.stdin.on('data', (c) => console.log(String(c).trim().split('\\n').map(() => '{\"correct\": true}').join('\\n')))";
    const command = JSON.stringify([process.execPath, '-e', script]);
    assert.equal(await run('--no-verdict', '--json', '--grader', 'command', '--grader-command', command), 0, printed);
    assert.equal((JSON.parse(printed) as ReadinessRecord).rows[1]!.sampled[0]!.passAtK[0]!.value, 1);
  });
});
