import assert from 'node:assert/strict';
import { packSamples, packTargets, rowRuns } from '../../../../src/engine/sessions/packing.ts';

const at = (...rows: number[]) => rows.map((row) => ({ row, gold: 0 }));

describe('packing of targets', () => {
  it('lays the rows up to each target end to end', () => {
    assert.deepEqual(packTargets(at(1, 2)), {
      rows: 3,
      packedRows: [0, 1, 0, 1, 2],
      packedPlaces: [0, 1, 3, 4, 5],
      unpack: [0, 1, 5, 2, 3, 4],
      ownRows: [1, 4],
      ownTargets: [2, 0, 2, 2, 1],
    });
  });

  it('undoes itself: every packed row comes back from its place, everything else is padding', () => {
    const { rows, packedRows, packedPlaces, unpack, ownRows } = packTargets(at(0, 3, 3, 17));
    assert.deepEqual(
      packedPlaces.map((place) => unpack[place]),
      packedRows.map((_, packed) => packed),
    );
    assert.equal(unpack.filter((packed) => packed < packedRows.length).length, packedRows.length);
    assert.ok(packedPlaces.every((place, packed) => place % rows === packedRows[packed]));
    assert.deepEqual(
      ownRows.map((own) => packedRows[own]),
      [0, 3, 3, 17],
    );
  });
});

describe('packing of samples', () => {
  /** Six heads, two key/value heads; samples of 2, 4 and 1 rows. */
  const rows = [2, 4, 1];
  const heads = 6;
  const keyValueHeads = 2;
  const { samples, longest, queries, keys, mixed } = packSamples(rows, { heads, keyValueHeads });

  it('lays each head of each sample out by position, and past its end its own last row', () => {
    assert.deepEqual([samples, longest], [3, 4]);
    assert.deepEqual([...keys.subarray(0, 8)], [0, 2, 2, 2, 1, 3, 3, 3]);
    assert.deepEqual([...keys.subarray(8, 16)], [4, 6, 8, 10, 5, 7, 9, 11]);
    assert.deepEqual([...keys.subarray(16)], [12, 12, 12, 12, 13, 13, 13, 13]);
    // Of the second sample's head 3: rows 2…5.
    const from = (1 * heads + 3) * longest;
    assert.deepEqual(
      [...queries.subarray(from, from + longest)],
      [2, 3, 4, 5].map((row) => row * heads + 3),
    );
    assert.equal(queries.length, samples * heads * longest);
  });

  it('undoes itself: every head of every row comes back from its place', () => {
    assert.deepEqual(
      [...mixed].map((place) => queries[place]),
      Array.from({ length: 7 * heads }, (_, i) => i),
    );
  });
});

describe('runs of rows', () => {
  it('cut parts end to end, across their borders, and skip empty ones', () => {
    const span = (part: number, first: number, count: number) => ({ part, first, count });
    assert.deepEqual(rowRuns([3, 0, 6], 4), [[span(0, 0, 3), span(2, 0, 1)], [span(2, 1, 4)], [span(2, 5, 1)]]);
    assert.deepEqual(rowRuns([2, 2], 256), [[span(0, 0, 2), span(1, 0, 2)]]);
    assert.deepEqual(rowRuns([0], 4), []);
  });
});
