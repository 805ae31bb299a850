import assert from 'node:assert/strict';
import {
  areResponses,
  predictedResponses,
  responseRowCount,
  responseRowOf,
  responseRows,
} from '../../../src/method/responseRows.ts';

describe('response rows', () => {
  const turns = [
    { start: 1, end: 2 },
    { start: 4, end: 7 },
    { start: 7, end: 8 },
  ];

  it('are the rows before the tokens of each response, in order', () => {
    assert.deepEqual([...responseRows(turns)], [0, 3, 4, 5, 6]);
    assert.equal(responseRowCount(turns), 5);
  });

  it('are found by the row of the logits, and no other row is', () => {
    const places = Array.from({ length: 9 }, (_, row) => responseRowOf(turns, row));
    assert.deepEqual(places, [0, undefined, undefined, 1, 2, 3, 4, undefined, undefined]);
    assert.equal(responseRowOf([], 0), undefined);
  });

  it('end where a sample is cut, and leave out the first token, which nothing predicts', () => {
    const ranges = [
      { start: 0, end: 3 },
      { start: 5, end: 9 },
      { start: 10, end: 12 },
    ];
    assert.deepEqual(predictedResponses(ranges, 7), [
      { start: 1, end: 3 },
      { start: 5, end: 7 },
    ]);
    assert.deepEqual(predictedResponses([{ start: 0, end: 1 }], 1), []);
  });

  const bad: Readonly<Record<string, readonly { start: number; end: number }[]>> = {
    'the first token': [{ start: 0, end: 2 }],
    nothing: [{ start: 2, end: 2 }],
    'two that overlap': [
      { start: 1, end: 3 },
      { start: 2, end: 4 },
    ],
    'two out of order': [
      { start: 4, end: 5 },
      { start: 1, end: 2 },
    ],
    'more tokens than there are': [{ start: 6, end: 9 }],
  };
  for (const [name, ranges] of Object.entries(bad)) {
    it(`cannot be of ${name}`, () => assert.equal(areResponses(ranges, 8), false));
  }

  it('may be none at all, touch each other, and reach the end', () => {
    assert.ok(areResponses(turns, 8));
    assert.ok(areResponses([], 0));
  });
});
