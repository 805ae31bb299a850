import assert from 'node:assert/strict';
import { DealtPrompts } from '../../../../src/engine/work/sampling/dealtPrompts.ts';

const answer = (position: number, sample: number) => ({
  position,
  sample,
  tokens: Int32Array.of(sample),
  logProbabilities: Float32Array.of(0),
  entropies: Float32Array.of(0),
  finish: 'stop' as const,
});

describe('a batch of prompts that was dealt', () => {
  it('is sampled whole, and what was dealt of it is given back in order with every answer in its place', () => {
    const dealt = new DealtPrompts({ from: 4, to: 7 }, [5, 6], 2);
    assert.deepEqual(dealt.positions, [4, 5, 6]);
    assert.equal(dealt.end(answer(6, 1)), true);
    assert.equal(dealt.end(answer(6, 0)), true);
    assert.equal(dealt.end(answer(5, 1)), true);
    assert.equal(dealt.end(answer(4, 0)), false, 'it was finished before');
    assert.equal(dealt.end(answer(4, 1)), false);
    assert.deepEqual(dealt.due(), []);
    dealt.end(answer(5, 0));
    assert.deepEqual(
      dealt.due().map(({ position, answers }) => [position, ...answers.map(({ tokens }) => tokens[0])]),
      [
        [5, 0, 1],
        [6, 0, 1],
      ],
    );
    assert.deepEqual(dealt.due(), []);
  });
});
