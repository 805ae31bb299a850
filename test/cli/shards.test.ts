import assert from 'node:assert/strict';
import {
  copyFileSync,
  cpSync,
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
import { readRecord } from '../../src/record/run/recordFile.ts';
import type { ClusterPlan } from '../../src/run/planning/planRun.ts';
import { checkpointFixtures, fixtures } from '../paths.ts';
import { type Outcome, rejuvenate, type SignalAt } from './rejuvenate.ts';

/** Conversations of several turns, of different lengths. */
const rows = Array.from({ length: 14 }, (_, i) => ({
  messages: [
    { role: 'user', content: `What is ${i} + ${i * i}?` },
    { role: 'assistant', content: 'Let us see. '.repeat(1 + (i % 4)) },
    { role: 'user', content: 'And then?' },
    { role: 'assistant', content: `It is ${i + i * i}.` },
  ],
}));

describe('shards on the command line', () => {
  let folder: string;
  const at = (...path: string[]) => join(folder, ...path);
  before(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'shards-')));
    writeFileSync(at('chats.jsonl'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    cpSync(join(checkpointFixtures, 'tiny-qwen3-tied'), at('pair'), { recursive: true });
    copyFileSync(join(fixtures, 'shapes', 'chat_template.jinja'), at('pair/sft/chat_template.jinja'));
  });
  after(() => rmSync(folder, { recursive: true }));

  function attribute(name: string, more: readonly string[], signal?: SignalAt): Promise<Outcome> {
    return rejuvenate(
      [
        ...['attribute', '--base', at('pair/base'), '--sft', at('pair/sft'), '--calibration', at('chats.jsonl')],
        ...['--record', at(`${name}.rejuvenation.json`), '--device', 'cpu', '--threads', '1', '--memory', '64MB'],
        ...['--top-n', '3', '--holdout', '0.2', ...more],
      ],
      undefined,
      { ...(signal !== undefined && { at: signal }) },
    );
  }
  const done = ({ exitCode, stderr }: Outcome) => assert.equal(exitCode, 0, stderr);
  async function made(name: string) {
    const { record } = await readRecord(at(`${name}.rejuvenation.json`));
    const { engine, measurements, arrays } = record;
    const plan = (which: keyof typeof engine.plans) => ({ ...engine.plans[which], peakBytes: 0 });
    return {
      ...record,
      run: { ...record.run.resumed, phases: record.run.phases.map(({ phase }) => phase) },
      arrays: arrays.sha256,
      engine: { ...engine, plans: [plan('base'), plan('sft'), plan('attribution')] },
      measurements: measurements.map((entry) => ({ ...entry, measured: undefined })),
    };
  }

  /** What is planned without weights is what the run's record says. */
  async function planned(): Promise<void> {
    mkdirSync(at('bare'));
    for (const which of ['base', 'sft']) {
      mkdirSync(at('bare', which));
      for (const name of ['config.json', 'tokenizer.json', 'tokenizer_config.json', 'chat_template.jinja']) {
        if (existsSync(at('pair', which, name))) copyFileSync(at('pair', which, name), at('bare', which, name));
      }
    }
    const { exitCode, stdout, stderr } = await rejuvenate([
      ...[
        'plan',
        '--base',
        at('bare/base'),
        '--sft',
        at('bare/sft'),
        '--calibration',
        at('chats.jsonl'),
        '--device',
        'cpu',
      ],
      ...[
        '--threads',
        '1',
        '--memory',
        '64MB',
        '--top-n',
        '3',
        '--holdout',
        '0.2',
        '--gpus',
        '1,3',
        '--nodes',
        '2',
        '--json',
      ],
      ...['--measured', at('one.rejuvenation.json')],
    ]);
    assert.equal(exitCode, 0, stderr);
    assert.match(stderr, /has no weights: it is planned by its config\.json/);
    const plan = JSON.parse(stdout) as ClusterPlan;
    const { engine, samples, neurons } = (await readRecord(at('one.rejuvenation.json'))).record;
    const recorded = (which: 'base' | 'sft' | 'attribution') => {
      const { peakBytes: _, ...own } = engine.plans[which]!;
      return own;
    };
    const [base, sft, attribution] = plan.phases.map((phase) => phase.plan);
    assert.deepEqual([base, sft], [recorded('base'), recorded('sft')]);
    assert.deepEqual([plan.samples, plan.neurons], [samples.length, neurons.total]);
    assert.equal(
      plan.targets,
      samples.reduce((sum, each) => sum + each.targets, 0),
    );
    // Where the targets lie is known once both are measured.
    const own = recorded('attribution');
    assert.equal(attribution!.segments, own.segments);
    assert.ok(Math.abs(attribution!.estimate.flops / own.estimate.flops - 1) < 0.3);
    assert.deepEqual(
      plan.ways.map(({ nodes, gpus }) => [nodes, gpus]),
      [
        [1, 1],
        [1, 3],
        [2, 3],
      ],
    );
    const all = plan.ways[0]!.phases;
    assert.deepEqual([all[0]!.flops, all[0]!.weightPasses], [base!.estimate.flops, base!.estimate.weightPasses]);
    assert.deepEqual(
      [all[2]!.flops, all[2]!.weightPasses],
      [attribution!.estimate.flops, attribution!.estimate.weightPasses],
    );
    assert.equal(plan.rates.measured, true);
  }

  it('of conversations, one of them killed, merge to the record of one process', async () => {
    done(await attribute('one', []));
    await planned();
    const partials = at('a.rejuvenation.shards');
    done(await attribute('a', ['--shard', '0/3']));
    const killed = await attribute('a', ['--shard', '1/3'], { line: /^device: /, signal: 'SIGKILL' });
    assert.equal(killed.exitCode, null);
    // Two attempts at once: whichever ends well leaves the partial.
    const twice = await Promise.all([1, 2].map(() => attribute('a', ['--shard', '1/3', '--json'])));
    for (const each of twice.filter(({ exitCode }) => exitCode !== 0)) {
      assert.match(each.stderr, /^error: Another attempt at the same shard has taken over/m);
    }
    done(await attribute('a', ['--shard', '2/3']));
    for (const shard of ['0/3', '1/3']) done(await attribute('a', ['--shard', shard, '--phase', 'attribution']));
    assert.deepEqual(
      readdirSync(partials),
      ['attribution', 'base', 'sft'].flatMap((phase) => [0, 1, 2].map((i) => `${phase}-000${i}-of-0003.partial`)),
    );
    const merged = await rejuvenate(['merge', '--record', at('a.rejuvenation.json')]);
    done(merged);
    const [found, expected] = [await made('a'), await made('one')];
    assert.deepEqual({ ...found, run: found.run.phases }, { ...expected, run: expected.run.phases });
    assert.ok(found.engine.plans.every((plan) => Number(plan.segments) >= 1));
    assert.equal(existsSync(partials), false);
    assert.deepEqual(readFileSync(at('a.rejuvenation.safetensors')), readFileSync(at('one.rejuvenation.safetensors')));
  });

  it('refuse options that make no sense together, before anything is loaded', async () => {
    for (const [more, sentence] of [
      [['--shard', '3/3'], /shards are counted from 0, so of 3 the last is 2\/3/],
      [['--shard', '1'], /must be written I\/N/],
      [['--phase', 'base'], /^error: --phase is of a shard: say which with --shard I\/N\.$/m],
    ] as const) {
      const { exitCode, stderr } = await attribute('b', more);
      assert.equal(exitCode, 2, stderr);
      assert.match(stderr, sentence);
    }
  });
});
