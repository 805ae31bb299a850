import assert from 'node:assert/strict';
import { pearson, placesOf, spearman } from '../../../src/method/correlation.ts';
import { moduleOverlap, pooledOverlap, rankHistogram, setOverlap } from '../../../src/method/resetOverlap.ts';

const module = { layer: 0, projection: 'q_proj', offset: 2, width: 6, axis: 'row', parametersPerNeuron: 1 } as const;

describe('overlap of reset sets', () => {
  it('counts what both runs select in a module, each by its own budget', () => {
    const first = Int32Array.of(0, 0, 0, 1, 2, 3, -1, 9, 0);
    const second = Int32Array.of(0, 0, 5, 0, -1, 1, 2, 1, 0);
    const overlap = moduleOverlap(module, [first, second], [3, 2]);
    // The first selects neurons 0, 1 and 2 of the module, the second 1, 3 and 5.
    assert.deepEqual(overlap, { neurons: 6, sizes: [3, 3], common: 1, jaccard: 1 / 5, chance: 1.5 / 4.5 });
  });

  it('has no index where nothing is selected', () => {
    assert.deepEqual(setOverlap(10, [0, 0], 0), {
      neurons: 10,
      sizes: [0, 0],
      common: 0,
      jaccard: undefined,
      chance: undefined,
    });
  });

  it('expects by chance what random sets have', () => {
    // The mean over 4000 draws of sets of 300 and 500 out of 2000 (numpy.random.default_rng(0)): 0.1038.
    assert.ok(Math.abs(setOverlap(2000, [300, 500], 0).chance! - 0.1038) < 5e-4);
  });

  it('pools modules, and tells chance within them apart', () => {
    const whole = pooledOverlap([setOverlap(10, [10, 10], 10), setOverlap(90, [0, 0], 0)]);
    assert.deepEqual([whole.common, whole.jaccard, whole.chanceWithin], [10, 1, 1]);
    assert.ok(Math.abs(whole.chance! - 1 / 19) < 1e-12);
  });

  it('counts best ranks in powers of two, those never ranked apart', () => {
    const { starts, counts } = rankHistogram([Int32Array.of(0, 1, 2, 3, -1, 5), Int32Array.of(0, 2, -1, 4, -1, 0)], 5);
    assert.deepEqual(starts, [0, 1, 3]);
    assert.deepEqual(counts, [
      [1, 0, 0, 0],
      [0, 1, 0, 1],
      [0, 0, 1, 0],
      [1, 0, 0, 1],
    ]);
  });
});

describe('correlation', () => {
  // By numpy 2: corrcoef of the values, and of their mean places.
  const x = [3, -1, 2, 2, 7, 0, 5, 5];
  const y = [1, 0, 4, 4, 6, -2, 9, 3];
  it('is that of numpy', () => {
    assert.ok(Math.abs(pearson(x, y)! - 0.7475847930506268) < 1e-12);
    assert.ok(Math.abs(spearman(x, y)! - 0.7151646496091258) < 1e-12);
    assert.deepEqual([...placesOf(x)], [5, 1, 3.5, 3.5, 8, 2, 6.5, 6.5]);
  });
  it('is not there where a side does not vary', () => {
    assert.equal(pearson([1, 1], [1, 2]), undefined);
  });
});
