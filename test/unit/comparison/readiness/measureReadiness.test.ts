import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { measureReadiness } from '../../../../src/comparison/readiness/measureReadiness.ts';
import { Interrupted } from '../../../../src/errors.ts';
import { readReadiness } from '../../../../src/record/readiness/readinessFile.ts';
import type { ReadinessRecord } from '../../../../src/record/readiness/readinessRecord.ts';
import { checkpointFixtures } from '../../../paths.ts';
import type { FakeOptions } from './fakeSource.ts';
import { context, right, usingReadiness } from './usingReadiness.ts';

/* Readiness by a source of rollouts that is made up: its figures, and what a stopped run leaves to the next. */

/** What a run leaves that does not hang on when it ran. */
const lasting = ({ created, seconds, notes: said, ...rest }: ReadinessRecord) => rest;

describe('readiness', () => {
  const made = usingReadiness();

  it('samples base and checkpoint at both temperatures, judges, and writes a record that can be read', async () => {
    const options = made.optionsFor({ right });
    const { path, record } = await measureReadiness(options, context());
    assert.equal(path, made.out);
    assert.deepEqual(await readReadiness(made.out), record);
    assert.deepEqual(readdirSync(made.folder).sort(), ['a.readiness.json', 'prompts.jsonl']);
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
      const whole = await measureReadiness(made.optionsFor({ right }, { out: undefined }), context());
      const before = (asked: readonly string[]) => {
        if (asked.length === after) throw new Interrupted('Stopped.');
      };
      const stopped = made.optionsFor({ right, before });
      await assert.rejects(measureReadiness(stopped, context()), Interrupted);
      assert.equal(stopped.fake.held.size, 0);
      assert.equal(existsSync(made.out), false);
      const again = made.optionsFor({ right });
      const { record } = await measureReadiness(again, context());
      assert.deepEqual(lasting(record), lasting(whole.record));
      assert.equal(again.fake.asked.length, 24 - after);
      assert.deepEqual(readdirSync(made.folder).sort(), ['a.readiness.json', 'prompts.jsonl']);
    });
  }

  it('notes that a base of another architecture is none, and measures all the same', async () => {
    const other = join(checkpointFixtures, 'tiny-qwen2-tied', 'base');
    const notes: string[] = [];
    const { record } = await measureReadiness(made.optionsFor({ right }, { base: other }), {
      ...context(),
      onEvent: (event) => void (event.type === 'note' && notes.push(event.text)),
    });
    const [said] = record.notes.filter((note) => note.includes('is not the base of'));
    assert.match(
      said ?? '',
      /tiny-qwen2-tied\/base" and ".*tiny-qwen3-tied\/sft" differ in "model_type" \("qwen2" and "qwen3"\)/,
    );
    assert.ok(notes.includes(said!));
    assert.equal(record.rows.length, 2);
    const own = await measureReadiness(made.optionsFor({ right }, { out: undefined }), context());
    assert.ok(!own.record.notes.some((note) => note.includes('is not the base of')));
  });

  it('grades anew what another grader graded, and samples anew with another seed', async () => {
    const before = (asked: readonly string[]) => {
      if (asked.length === 23) throw new Interrupted('Stopped.');
    };
    await assert.rejects(measureReadiness(made.optionsFor({ right, before }), context()), Interrupted);
    const other = made.optionsFor(
      { right, before: () => assert.fail('sampled again') },
      {},
      { grader: { name: 'exact' } },
    );
    await assert.rejects(measureReadiness(other, context()), assert.AssertionError);
    assert.deepEqual(other.fake.asked, []);
    const seeded = made.optionsFor({ right }, {}, { grader: { name: 'exact' }, seed: 1 });
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
    const { record } = await measureReadiness(made.optionsFor(rewarded(1, -1), plain), context());
    assert.equal(record.sampling!.grader.name, 'rewards');
    assert.equal(record.rows[1]!.sampled[0]!.passAtK[0]!.value, 0.5);
    const many = made.optionsFor(rewarded(0, 0.1, 1), plain);
    await assert.rejects(
      measureReadiness(many, context()),
      /The rewards are of more than two kinds \(.*--correct-above/,
    );
    const above = made.optionsFor(rewarded(0, 0.1, 1, 0), plain, { correctAbove: 0.5 });
    const chosen = await measureReadiness(above, context());
    assert.equal(chosen.record.rows[1]!.sampled[0]!.passAtK[0]!.value, 0.25);
  });
});
