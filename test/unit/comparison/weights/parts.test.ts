import assert from 'node:assert/strict';
import { FineHistogram } from '../../../../src/comparison/weights/sums/fineHistogram.ts';
import {
  excessKurtosis,
  mergeMoments,
  momentsAround,
  noMoments,
  standardDeviation,
} from '../../../../src/comparison/weights/sums/moments.ts';
import { SpikeList } from '../../../../src/comparison/weights/sums/spikeList.ts';
import { mapCell, mapCells, mapEdges } from '../../../../src/record/comparison/tensors/mapGrid.ts';

function near(actual: number | null, expected: number, tolerance: number): void {
  assert.ok(actual !== null && Math.abs(actual - expected) <= tolerance, `${actual} is not ${expected}`);
}

function powers(values: readonly number[], middle: number): [number, number, number, number] {
  const sum = (power: number) => values.reduce((all, value) => all + (value - middle) ** power, 0);
  return [sum(1), sum(2), sum(3), sum(4)];
}

describe('moments', () => {
  // 1, 2, 3, 4, 10: mean 4, second moment 10, fourth 278.8.
  const values = [1, 2, 3, 4, 10];

  it('are those of the definition, around any middle and merged in any way', () => {
    for (const middle of [0, 4, -3]) {
      for (let cut = 0; cut <= values.length; cut++) {
        const [head, tail] = [values.slice(0, cut), values.slice(cut)].map((part) =>
          momentsAround(part.length, middle, powers(part, middle)),
        );
        const all = mergeMoments(head!, tail!);
        assert.equal(all.count, 5);
        near(all.mean, 4, 1e-15);
        near(standardDeviation(all), Math.sqrt(10), 1e-13);
        near(excessKurtosis(all), 278.8 / 100 - 3, 1e-12);
      }
    }
  });

  it('have no kurtosis where nothing varies', () => {
    assert.equal(excessKurtosis(noMoments), null);
    assert.equal(standardDeviation(noMoments), 0);
    const constant = Array<number>(1000).fill(0.1);
    assert.equal(excessKurtosis(momentsAround(1000, 0.1, powers(constant, 0.1))), null);
    const beside = 0.1 + 2 ** -55;
    assert.equal(excessKurtosis(momentsAround(1000, beside, powers(constant, beside))), null);
  });
});

describe('map grid', () => {
  it('covers every position once, as its edges say', () => {
    for (const size of [1, 2, 255, 256, 257, 300, 511, 512, 1000, 8192, 150_001]) {
      const edges = mapEdges(size);
      assert.equal(edges.length, mapCells(size) + 1);
      assert.deepEqual([edges[0], edges.at(-1)], [0, size]);
      let cell = 0;
      for (let position = 0; position < size; position++) {
        while (position >= edges[cell + 1]!) cell++;
        assert.equal(mapCell(position, size), cell, `${position} of ${size}`);
      }
    }
  });
});

describe('spike list', () => {
  it('keeps the ten largest, whatever the order, ties by lower index', () => {
    const all = Array.from({ length: 40 }, (_, index) => ({
      index,
      delta: (index % 2 === 0 ? 1 : -1) * (index % 8),
      reference: 0,
      checkpoint: 0,
    }));
    const expected = [7, 15, 23, 31, 39, 6, 14, 22, 30, 38];
    for (const order of [all, [...all].reverse(), [...all].sort((a, b) => (a.index % 7) - (b.index % 7))]) {
      const list = new SpikeList();
      for (const spike of order) list.add(spike);
      assert.deepEqual(
        list.spikes.map(({ index }) => index),
        expected,
      );
    }
  });

  it('holds nothing that did not change', () => {
    const list = new SpikeList();
    list.add({ index: 0, delta: 0, reference: 1, checkpoint: 1 });
    list.add({ index: 1, delta: -0, reference: 1, checkpoint: 1 });
    assert.deepEqual(list.spikes, []);
    assert.equal(list.floor, 0);
  });
});

describe('fine histogram', () => {
  it('tells nothing of nothing', () => {
    const histogram = new FineHistogram();
    assert.deepEqual(histogram.quantiles([0.5, 1], 0), [0, 0]);
    assert.deepEqual(histogram.display(), { zero: 0, firstExponent: 0, binsPerOctave: 4, counts: [] });
  });

  it('puts bins of several blocks together', () => {
    const histogram = new FineHistogram();
    // 1 and 1.5, of 2^0: exponent 127, fraction 0 and 64.
    histogram.add({ lowest: 6, first: 127 * 128, counts: Uint32Array.of(3) }, 6);
    histogram.add({ lowest: 0, first: 127 * 128 + 64, counts: Uint32Array.of(1) }, 0);
    assert.deepEqual(histogram.display(), { zero: 6, firstExponent: 0, binsPerOctave: 4, counts: [3, 0, 1] });
    const [half, most, all] = histogram.quantiles([0.6, 0.9, 1], 1.5) as [number, number, number];
    assert.equal(half, 0);
    near(most, 1, 2 ** -8);
    assert.equal(all, 1.5, 'never above the largest');
  });
});
