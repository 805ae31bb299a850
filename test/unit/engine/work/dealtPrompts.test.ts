import assert from 'node:assert/strict';
import { DealtPrompts } from '../../../../src/engine/work/sampling/dealtPrompts.ts';
import type { Work } from '../../../../src/engine/work/work.ts';

const answer = (position: number, sample: number) => ({
  position,
  sample,
  tokens: Int32Array.of(sample),
  logProbabilities: Float32Array.of(0),
  entropies: Float32Array.of(0),
  finish: 'stop' as const,
});

describe('prompts that were dealt', () => {
  it('are asked for once at a time, and given back in order with every answer in its place', async () => {
    const deals: ((positions: readonly number[]) => void)[] = [];
    const work = { deal: () => new Promise<readonly number[]>((resolve) => deals.push(resolve)) } as unknown as Work;
    const dealt = new DealtPrompts(work, 2, 2);
    dealt.ask();
    dealt.ask();
    assert.equal(deals.length, 1);
    assert.deepEqual(dealt.take(), []);
    deals[0]!([4, 7]);
    await dealt.arrival();
    assert.deepEqual(dealt.take(), [4, 7]);
    dealt.end(answer(7, 1));
    dealt.end(answer(7, 0));
    dealt.end(answer(4, 1));
    assert.deepEqual(dealt.due(), []);
    dealt.end(answer(4, 0));
    assert.deepEqual(
      dealt.due().map(({ position, answers }) => [position, ...answers.map(({ tokens }) => tokens[0])]),
      [
        [4, 0, 1],
        [7, 0, 1],
      ],
    );
    dealt.ask();
    deals[1]!([]);
    await dealt.arrival();
    assert.deepEqual(dealt.take(), []);
    dealt.ask();
    assert.equal(deals.length, 2, 'nothing more is asked for');
  });

  it('that were not dealt because the host failed throw when they are waited for', async () => {
    const work = { deal: () => Promise.reject(new Error('gone')) } as unknown as Work;
    const dealt = new DealtPrompts(work, 2, 2);
    dealt.ask();
    await assert.rejects(dealt.arrival(), /gone/);
  });
});
