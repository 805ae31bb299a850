import assert from 'node:assert/strict';
import { AnswerQueue } from '../../../src/sampling/answerQueue.ts';
import { checkSamplingOptions, type SamplingOptions } from '../../../src/sampling/samplingOptions.ts';

describe('answers that wait', () => {
  for (const [places, samples, prompts] of [
    [1, 5, 3],
    [256, 16, 100],
    [7, 64, 4],
    [40, 3, 1],
    [1000, 1, 2000],
  ] as const) {
    it(`all begin once: ${prompts} prompts, ${samples} answers each, ${places} places`, () => {
      const queue = new AnswerQueue(places, samples, 64);
      queue.add(Array.from({ length: prompts }, (_, position) => ({ position, rows: 1 + ((position * 7) % 100) })));
      assert.equal(queue.answers, prompts * samples);
      const begun = new Set<string>();
      let running = 0;
      for (let turn = 0; !queue.empty; turn++) {
        assert.ok(turn < 10_000, 'it comes to an end');
        const groups = queue.take(places - running);
        if (running === 0) assert.ok(groups.length > 0, 'something begins where nothing runs');
        for (const { position, from, to } of groups) {
          for (let sample = from; sample < to; sample++) begun.add(`${position} ${sample}`);
          running += to - from;
        }
        assert.ok(running <= places);
        const rows = groups.reduce((sum, group) => sum + group.rows, 0);
        assert.ok(groups.length <= 1 || rows <= 64, `${rows} rows at a time`);
        running = Math.max(0, running - Math.ceil(running / 3));
      }
      assert.equal(begun.size, prompts * samples);
    });
  }

  it('those with short prompts begin first', () => {
    const queue = new AnswerQueue(8, 1, 1000);
    queue.add([30, 10, 20].map((rows, position) => ({ position, rows })));
    assert.deepEqual(
      queue.take(2).map(({ position }) => position),
      [1, 2],
    );
  });
});

describe('sampling options', () => {
  const good: SamplingOptions = { samples: 1, temperature: 1, topP: 1, maxTokens: 1, stopTokens: [], seed: 0 };
  it('are taken', () => {
    checkSamplingOptions(good);
    checkSamplingOptions({ ...good, temperature: 0, topP: 0.01, seed: Number.MAX_SAFE_INTEGER });
  });
  for (const wrong of [
    { samples: 0 },
    { samples: 1e9 },
    { samples: 1.5 },
    { temperature: -1 },
    { temperature: Number.NaN },
    { temperature: 1e-9 },
    { topP: 0 },
    { topP: 1.1 },
    { maxTokens: 0 },
    { seed: -1 },
    { seed: 2 ** 53 },
  ]) {
    it(`are refused: ${JSON.stringify(wrong)}`, () =>
      assert.throws(() => checkSamplingOptions({ ...good, ...wrong }), /^InputError|must be/));
  }
});
