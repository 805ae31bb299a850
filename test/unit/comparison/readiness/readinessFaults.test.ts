import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { measureReadiness } from '../../../../src/comparison/readiness/measureReadiness.ts';
import type { ReadinessOptions } from '../../../../src/comparison/readiness/readinessOptions.ts';
import { InputError, RunError } from '../../../../src/errors.ts';
import { parseCondition } from '../../../../src/readiness/verdict/conditions.ts';
import type { FakeOptions } from './fakeSource.ts';
import { context, right, sft, usingReadiness } from './usingReadiness.ts';

/* What readiness refuses before anything is sampled, and what it says of a source that does not keep its word. */

describe('readiness that cannot be had', () => {
  const made = usingReadiness();

  it('says where a source gives fewer answers, others than asked for, or none', async () => {
    const plain = { out: undefined, conditions: [] };
    const fewer = made.optionsFor(
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
        measureReadiness(made.optionsFor({ right, change: change! }, plain), context()),
        (error: unknown) => {
          assert.ok(error instanceof RunError, String(error));
          assert.match(error.message, message);
          return true;
        },
      );
    }
  });

  it('refuses what cannot be had, before anything is sampled', async () => {
    mkdirSync(join(made.folder, 'b.readiness.partial'));
    writeFileSync(join(made.folder, 'b.readiness.partial', 'mine.txt'), '');
    writeFileSync(join(made.folder, 'there.readiness.json'), '');
    const bare = join(made.folder, 'bare');
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
      [{ checkpoints: [join(made.folder, 'none')] }, /none/],
      [{ checkpoints: [bare] }, /bare" lacks tokenizer\.json; copy it/],
      [{ out: join(made.folder, 'a.json') }, /must be named NAME\.readiness\.json/],
      [{ out: join(made.folder, 'there.readiness.json') }, /exists already: choose another place, or pass --overwrite/],
      [{ out: join(made.folder, 'b.readiness.json') }, /is no such folder: move it away/],
      [{ out: join(sft, 'a.readiness.json') }, /lies inside the input/],
    ];
    for (const [own, message] of faults) {
      const options = made.optionsFor({ right }, own);
      await assert.rejects(measureReadiness(options, context()), (error: unknown) => {
        assert.ok(error instanceof InputError, String(error));
        assert.match(error.message, message);
        return true;
      });
      assert.deepEqual(options.fake.asked, []);
    }
    assert.deepEqual(readdirSync(join(made.folder, 'b.readiness.partial')), ['mine.txt']);
  });
});
