import assert from 'node:assert/strict';
import {
  around,
  binned,
  columnsOf,
  panned,
  rowsOf,
  wholeRegion,
  zoomed,
} from '../../../../webview/comparison/tensor/region.ts';
import { colourScale } from '../../../../webview/figures/colourScale.ts';

const [rows, columns] = [300, 70];
const middle = { row: 0.5, column: 0.5 };

describe('region of a tensor', () => {
  it('zooms in to a single element and out to the whole', () => {
    let region = wholeRegion(rows, columns);
    for (let i = 0; i < 40; i++) region = zoomed(region, 1.6, middle, rows, columns);
    assert.deepEqual([rowsOf(region), columnsOf(region)], [1, 1]);
    for (let i = 0; i < 40; i++) region = zoomed(region, 1 / 1.6, middle, rows, columns);
    assert.deepEqual(region, wholeRegion(rows, columns));
  });

  it('keeps the point that is zoomed about in place', () => {
    const region = { rowStart: 100, rowEnd: 200, columnStart: 0, columnEnd: 50 };
    const next = zoomed(region, 2, { row: 0.25, column: 0.5 }, rows, columns);
    assert.deepEqual(next, { rowStart: 113, rowEnd: 163, columnStart: 13, columnEnd: 38 });
  });

  it('stays inside the tensor', () => {
    const region = { rowStart: 290, rowEnd: 300, columnStart: 0, columnEnd: 10 };
    assert.deepEqual(panned(region, 50, -50, rows, columns), region);
    assert.deepEqual(around([299, 0], rows, columns, 5), {
      rowStart: 295,
      rowEnd: 300,
      columnStart: 0,
      columnEnd: 5,
    });
    assert.deepEqual(around([3], 1, 4, 5), { rowStart: 0, rowEnd: 1, columnStart: 0, columnEnd: 4 });
  });

  it('bins by the largest value, every value in one bin', () => {
    const values = Float32Array.of(9, 1, 2, 8, 3, 4, 7, 9);
    assert.deepEqual([...binned(values, 1, 7, 3)], [2, 8, 7]);
    assert.deepEqual([...binned(values, 1, 3, 10)], [1, 2]);
  });
});

describe('colour scale', () => {
  it('runs from the smallest positive value to the largest, and passes over what is not finite', () => {
    const scale = colourScale([0, 0.01, 1, Number.NaN, Number.POSITIVE_INFINITY], 'log');
    assert.deepEqual([scale.low, scale.high], [0.01, 1]);
    assert.deepEqual([0, 0.01, 0.1, 1].map(scale.at), [0, 0, 0.5, 1]);
  });

  it('tells six decades apart at most', () => {
    assert.equal(colourScale([1e-20, 1], 'log').low, 1e-6);
  });

  it('has one colour for zeros alone', () => {
    assert.equal(colourScale([0, 0], 'log').at(0), 0);
    assert.equal(colourScale([], 'linear').at(1), 0);
  });
});
