import assert from 'node:assert/strict';
import { sideRows, vocabularyCompletion } from '../../../../src/checkpoint/vocabulary/completion.ts';

describe('completion of a vocabulary', () => {
  const rows = (baseRows: number, sftRows: number, kept: number[], from = 0, to = sftRows) =>
    sideRows({ baseRows, sftRows, kept }, { from, to }).map((run) => `${run.side} ${run.from}-${run.to}`);

  it('is nothing where every row is there and none is kept', () => {
    assert.equal(vocabularyCompletion(8, 8, []), undefined);
    assert.equal(vocabularyCompletion(8, 8, [8, 900]), undefined);
  });

  it('keeps only rows that both have', () => {
    assert.deepEqual(vocabularyCompletion(8, 10, [3, 8, 9]), { baseRows: 8, sftRows: 10, kept: [3] });
    assert.deepEqual(vocabularyCompletion(10, 8, [3, 8, 9]), { baseRows: 10, sftRows: 8, kept: [3] });
  });

  it("takes the base's rows, then the SFT's", () => {
    assert.deepEqual(rows(8, 10, []), ['base 0-8', 'sft 8-10']);
    assert.deepEqual(rows(10, 8, []), ['base 0-8']);
  });

  it("joins kept rows that follow each other, with rows that are the SFT's alone too", () => {
    assert.deepEqual(rows(8, 8, [0, 3, 4]), ['sft 0-1', 'base 1-3', 'sft 3-5', 'base 5-8']);
    assert.deepEqual(rows(8, 10, [7]), ['base 0-7', 'sft 7-10']);
  });

  it('gives what of the runs lies in a range', () => {
    assert.deepEqual(rows(8, 10, [2], 2, 9), ['sft 2-3', 'base 3-8', 'sft 8-9']);
    assert.deepEqual(rows(8, 10, [2], 4, 6), ['base 4-6']);
    assert.deepEqual(rows(8, 10, [2], 8, 10), ['sft 8-10']);
  });

  it('has each row once and in order, whatever is kept', () => {
    for (let pattern = 0; pattern < 256; pattern++) {
      const kept = Array.from({ length: 8 }, (_, row) => row).filter((row) => (pattern >> row) & 1);
      for (const [baseRows, sftRows] of [
        [8, 8],
        [8, 11],
        [11, 8],
      ] as const) {
        const sides = sideRows({ baseRows, sftRows, kept }, { from: 0, to: sftRows }).flatMap(({ side, from, to }) =>
          Array.from({ length: to - from }, (_, i) => [from + i, side]),
        );
        const expected = Array.from({ length: sftRows }, (_, row) => [
          row,
          row >= baseRows || kept.includes(row) ? 'sft' : 'base',
        ]);
        assert.deepEqual(sides, expected);
      }
    }
  });
});
