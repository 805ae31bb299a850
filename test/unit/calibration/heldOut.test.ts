import assert from 'node:assert/strict';
import { heldOutCount, heldOutNote, heldOutSamples } from '../../../src/calibration/heldOut.ts';
import { InputError } from '../../../src/errors.ts';

describe('held-out samples', () => {
  it('are the share, rounded, with one at least on either side', () => {
    const counts = [
      [128, 0],
      [128, 0.25],
      [6, 0.25],
      [10, 0.001],
      [10, 0.999],
      [2, 0.5],
    ].map(([samples, holdout]) => heldOutCount(samples!, holdout!));
    assert.deepEqual(counts, [0, 32, 2, 1, 9, 1]);
  });

  it('cannot be had of a single sample', () => {
    assert.throws(
      () => heldOutSamples(1, 0.25, 0),
      new InputError(
        'holdout is 0.25, but the calibration has one sample only: one is needed to choose targets and one to hold out. ' +
          'Take more samples, or holdout 0.',
      ),
    );
    assert.deepEqual(heldOutSamples(1, 0, 0), new Set());
  });

  it('hang on the seed alone, and a larger share holds out the same and others', () => {
    const quarter = heldOutSamples(128, 0.25, 7);
    assert.deepEqual([...quarter], [...heldOutSamples(128, 0.25, 7)]);
    assert.deepEqual(
      [...quarter],
      [...quarter].sort((a, b) => a - b),
    );
    assert.notDeepEqual(quarter, heldOutSamples(128, 0.25, 8));
    const half = heldOutSamples(128, 0.5, 7);
    assert.deepEqual([quarter.size, half.size], [32, 64]);
    assert.ok([...quarter].every((index) => half.has(index)));
  });

  it('lie evenly: each sample is held out by about its share of the seeds', () => {
    const [samples, seeds] = [16, 2000];
    const times = new Array<number>(samples).fill(0);
    for (let seed = 0; seed < seeds; seed++) for (const index of heldOutSamples(samples, 0.25, seed)) times[index]!++;
    // 500 each; the standard deviation is 19.4.
    for (const [index, count] of times.entries()) assert.ok(Math.abs(count - 500) < 97, `sample ${index}: ${count}`);
  });

  it('are told in a sentence', () => {
    assert.equal(heldOutNote(new Set(), 6, 0), undefined);
    assert.equal(
      heldOutNote(new Set([1, 4]), 1200, 3),
      '2 of 1,200 samples are held out by seed 3: they are measured and choose no target.',
    );
    assert.equal(
      heldOutNote(new Set([1]), 4, 3),
      '1 of 4 samples is held out by seed 3: it is measured and chooses no target.',
    );
  });
});
