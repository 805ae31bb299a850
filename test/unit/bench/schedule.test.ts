import assert from 'node:assert/strict';
import { fitOf, foreseen, type TakenTime, takenBy } from '../../../bench/gpu/schedule.ts';
import { parameters } from '../../../bench/gpu/sizes.ts';
import { notBegun } from '../../../bench/gpu/step.ts';

describe('the GPU bench’s time', () => {
  const step = (name: string, seconds: number) => ({ ...notBegun(name, ''), failure: undefined, seconds });
  const ratio = (larger: string, smaller: string) => parameters(larger) / parameters(smaller);
  const near = (found: number, expected: number) =>
    assert.ok(Math.abs(found - expected) < 1e-6 * expected, `${found} for ${expected}`);

  it('of a size grows with its parameters, but for what starting the programs takes', () => {
    const earlier = [step('doctor', 2), step('ceilings', 9), step('ceilings in PyTorch', 15)];
    const steps = [
      step('0.6B: generate', 1),
      step('0.6B: attribute', 10),
      step("0.6B: the paper's procedure in PyTorch, float32", 25),
    ];
    const taken = takenBy('0.6B', steps, earlier);
    assert.deepEqual(taken, { name: '0.6B', ours: 11, paper: 25, starting: { ours: 2.9, paper: 15 } });
    const larger = foreseen('4B', [taken])!;
    near(larger.ours, 2.9 + 8.1 * ratio('4B', '0.6B'));
    near(larger.paper, 15 + 10 * ratio('4B', '0.6B'));
  });

  it('of a third size follows from how two differ', () => {
    const taken = (name: string, ours: number): TakenTime => ({
      name,
      ours,
      paper: 0,
      starting: { ours: 0, paper: 0 },
    });
    const time = (name: string) => 7 + 1e-9 * parameters(name);
    const two = [taken('0.6B', time('0.6B')), taken('4B', time('4B'))];
    near(foreseen('8B', two)!.ours, time('8B'));
    // A larger one that took no longer: by the last alone.
    near(foreseen('8B', [taken('0.6B', 20), taken('4B', 10)])!.ours, 10 * ratio('8B', '4B'));
  });

  it('is not known before one size, which is tried', () => {
    assert.equal(foreseen('8B', []), undefined);
    assert.equal(fitOf(undefined, 10), 'all');
  });

  it('has room for all, for our side or for nothing', () => {
    const needed = { ours: 50, paper: 100 };
    assert.equal(fitOf(needed, Number.POSITIVE_INFINITY), 'all');
    assert.equal(fitOf(needed, 150), 'all');
    assert.equal(fitOf(needed, 149), 'ours');
    assert.equal(fitOf(needed, 50), 'ours');
    assert.equal(fitOf(needed, 49), 'nothing');
  });
});
