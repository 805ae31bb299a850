import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type KeptAttempt, keepAttempt, readAttempts } from '../../../src/cluster/run/attempts.ts';
import type { ClusterPhase } from '../../../src/cluster/run/clusterRun.ts';
import { readRun } from '../../../src/cluster/run/clusterRun.ts';
import { noState, readState, writeState } from '../../../src/cluster/run/clusterState.ts';
import { createRun, type PlannedRun, planOf } from '../../../src/cluster/run/createRun.ts';
import { doneTasks, fileNow } from '../../../src/cluster/run/proofs.ts';
import { lastLinesOf } from '../../../src/cluster/status/failureText.ts';
import { type Known, runStatus } from '../../../src/cluster/status/runStatus.ts';
import { isSpent, triesOf } from '../../../src/cluster/status/tries.ts';

const phase = (name: string, after: string[], paths: readonly string[]): ClusterPhase => ({
  ...{ name, after, model: true, command: ['work'] },
  tasks: paths.map((path, index) => ({ words: [String(index)], proof: { path } })),
});

const planned = (phases: ClusterPhase[]): PlannedRun => ({
  ...{ command: 'run', phases, outputs: {}, arrayLimit: 10, cwd: '/', node: '/node', environment: {}, cli: '/cli' },
  settings: { sbatchArgs: [], setup: [] },
});

let attempts = 0;
const attempt = (outcome: KeptAttempt['attempt']['outcome'], round = 0): KeptAttempt => ({
  ...{ phase: 'base', index: 0, job: String(++attempts), restart: 0 },
  attempt: { round, array: String(attempts), node: 'n', began: `2026-01-01T00:00:0${attempts % 10}Z`, outcome },
});

describe('how a run on a cluster stands', () => {
  let folder: string;
  const at = (...names: string[]) => join(folder, ...names);
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'cluster-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('is told by files first, then by the queue, then by attempts', () => {
    const plan = planOf(planned([phase('base', [], ['a', 'b', 'c', 'd']), phase('merge', ['base'], ['m'])]));
    const job = (index: number, state: string, reason = 'None') => ({
      ...{ id: `1_${index}`, job: '1', phase: 'base', index, state, node: 'n1', reason },
    });
    const known: Known = {
      done: new Map([
        ['base', [true, false, false, false]],
        ['merge', [false]],
      ]),
      attempts: [0, 1, 2].map(() => ({ ...attempt('failed'), index: 3 })),
      queue: [job(0, 'RUNNING'), job(1, 'RUNNING'), job(2, 'PENDING', 'Priority'), job(3, 'FAILED')],
      state: noState,
    };
    const { state, phases } = runStatus(plan, known);
    assert.deepEqual(
      phases.map(({ tasks }) => tasks.map((task) => task.state)),
      [['done', 'running', 'queued', 'failed'], ['missing']],
    );
    assert.equal(state, 'failed');
    assert.equal(runStatus(plan, { ...known, attempts: [] }).state, 'running');
    assert.equal(runStatus(plan, { ...known, attempts: [], queue: [] }).state, 'stopped');
    assert.equal(
      runStatus(plan, { ...known, attempts: [], queue: [], state: { ...noState, cancelled: true } }).state,
      'cancelled',
    );
  });

  it('counts failures and lost attempts of this round, not what was stopped or is at work', () => {
    const submitted: never[] = [];
    const tries = (list: KeptAttempt[], live: boolean) => triesOf({ attempts: list, submitted, round: 0, live });
    assert.deepEqual(tries([attempt('failed'), attempt(undefined), attempt('stopped')], false), {
      failures: 2,
      cutOff: 1,
    });
    assert.deepEqual(tries([attempt('failed', 1), attempt(undefined)], true), { failures: 0, cutOff: 0 });
    assert.equal(isSpent(tries([attempt('failed'), attempt('failed'), attempt(undefined)], false)), true);
    assert.equal(
      isSpent(
        tries(
          Array.from({ length: 20 }, () => attempt('limit')),
          true,
        ),
      ),
      true,
    );
  });

  it('counts jobs that never began', () => {
    const entry = (job: string, waits = false) => ({
      job,
      phase: 'base',
      offset: 0,
      indices: [0],
      round: 0,
      waits,
      at: '',
    });
    const jobs = [entry('7'), entry('8', true), entry('9')];
    assert.equal(triesOf({ attempts: [], submitted: jobs, round: 0, live: true }).failures, 1);
    assert.equal(triesOf({ attempts: [], submitted: jobs, round: 0, live: false }).failures, 2);
  });

  it('takes a file for a proof unless it was there before, and a later phase for those before it', async () => {
    writeFileSync(at('m'), 'old');
    const merge = phase('merge', ['base'], [at('m')]);
    merge.tasks[0]!.proof.before = await fileNow(at('m'));
    const run = { folder, plan: planOf(planned([phase('base', [], [at('a'), at('b')]), merge])) };
    writeFileSync(at('a'), '');
    assert.deepEqual([...(await doneTasks(run)).values()], [[true, false], [false]]);
    writeFileSync(at('m'), 'the new one');
    assert.deepEqual([...(await doneTasks(run)).values()], [[true, true], [true]]);
  });

  it('is kept in a folder: the same command finds it, another is refused, and so is what was damaged', async () => {
    const work = planned([phase('base', [], ['a'])]);
    const { run } = await createRun(at('run'), work);
    assert.deepEqual(await readRun(at('run')), run);
    assert.equal((await createRun(at('run'), { ...work, settings: { ...work.settings, mem: '1G' } })).found, true);
    await assert.rejects(createRun(at('run'), { ...work, command: 'attribute' }), /holds another run on a cluster/);
    await assert.rejects(createRun(at('50%'), work), /has a % or a \\ in its path/);
    writeFileSync(at('file'), '');
    await assert.rejects(createRun(folder, work), /is not empty: name another folder/);
    await assert.rejects(readRun(at('none')), /is not the folder of a run on a cluster: it has no run\.json/);
    await writeState(at('run'), { ...noState, round: 3 });
    assert.equal((await readState(at('run'))).round, 3);
    writeFileSync(at('run', 'state.json'), '{"round": -1}');
    await assert.rejects(readState(at('run')), /state\.json" is not what this program wrote: at round/);
    writeFileSync(at('run', 'run.json'), '[[[');
    await assert.rejects(readRun(at('run')), /run\.json" is not valid JSON/);
  });

  it('reads attempts in their order, and passes over what is none', async () => {
    await createRun(at('run'), planned([phase('base', [], ['a'])]));
    for (const [job, began] of [
      ['9', '2026-01-02T00:00:00Z'],
      ['10', '2026-01-01T00:00:00Z'],
    ] as const) {
      const key = { phase: 'base', index: 0, job, restart: 0 };
      await keepAttempt(at('run'), key, { round: 0, array: job, node: 'n', began });
    }
    writeFileSync(at('run', 'attempts', 'base-0.tmp'), '');
    assert.deepEqual(
      (await readAttempts(at('run'))).map(({ job }) => job),
      ['10', '9'],
    );
    assert.deepEqual(await readAttempts(at('run'), { phase: 'base', index: 1 }), []);
  });

  it('quotes the end of a log, however long that is', async () => {
    writeFileSync(at('log'), `${'x'.repeat(10_000)}\n\none\rtwo\nthree\n`);
    assert.deepEqual(await lastLinesOf(at('log'), 3), ['one', 'two', 'three']);
    assert.deepEqual(await lastLinesOf(at('nothing')), []);
  });
});
