import assert from 'node:assert/strict';
import { randomOrder } from '../../../../src/run/sweep/resetSelections.ts';

describe('the order of random neurons', () => {
  it('is decided by the seed and the flat index alone', () => {
    // By MurmurHash3's finaliser as written out in Python.
    assert.deepEqual([...randomOrder({ offset: 100, width: 12 }, 0)], [1, 5, 7, 4, 8, 0, 10, 2, 9, 6, 3, 11]);
    assert.deepEqual([...randomOrder({ offset: 100, width: 12 }, 1)], [1, 10, 7, 9, 2, 8, 4, 3, 5, 11, 6, 0]);
    assert.deepEqual([...randomOrder({ offset: 112, width: 12 }, 0)], [2, 7, 6, 11, 1, 0, 5, 9, 3, 4, 10, 8]);
    assert.deepEqual([...randomOrder({ offset: 0, width: 6 }, 2 ** 40 + 3)], [0, 3, 2, 5, 1, 4]);
  });

  it('favours no neuron', () => {
    const [width, draws, taken] = [64, 400, 16];
    const counts = new Array<number>(width).fill(0);
    for (let seed = 0; seed < draws; seed++) {
      for (const neuron of randomOrder({ offset: 1000, width }, seed).slice(0, taken)) counts[neuron]!++;
    }
    // Binomial: 100 expected of each, standard deviation 8.7.
    assert.ok(Math.min(...counts) > 60 && Math.max(...counts) < 140, counts.join(' '));
  });
});
