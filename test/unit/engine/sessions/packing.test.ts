import assert from 'node:assert/strict';
import { packSamples, packTargets, rowRuns } from '../../../../src/engine/sessions/packing.ts';

const at = (...rows: number[]) => rows.map((row) => ({ row, gold: 0 }));

describe('packing of targets', () => {
  it('lays the rows up to each target end to end', () => {
    const { attention, ...packing } = packTargets(at(1, 2));
    assert.deepEqual(packing, {
      rows: 3,
      packedRows: [0, 1, 0, 1, 2],
      packedPlaces: [0, 1, 3, 4, 5],
      ownRows: [1, 4],
      ownTargets: [2, 0, 2, 2, 1],
    });
    assert.deepEqual(
      attention.chunks.map(({ used }) => used),
      [true, false, false, false],
    );
    assert.deepEqual([...attention.chunks[0]!.unpack], [0, 1, 5, 2, 3, 4]);
    assert.deepEqual([...attention.queryPlaces], [0, 1, 3, 4, 5]);
    assert.deepEqual([...attention.keyPlaces], [0, 1, 2, 3, 4, 5]);
  });

  it('gives every packed row its place and its row', () => {
    const { rows, packedRows, packedPlaces, ownRows } = packTargets(at(0, 3, 3, 17));
    assert.ok(packedPlaces.every((place, packed) => place % rows === packedRows[packed]));
    assert.deepEqual(
      ownRows.map((own) => packedRows[own]),
      [0, 3, 3, 17],
    );
  });
});

describe('chunks of attention', () => {
  for (const targets of [at(0, 3, 3, 17), at(17), at(4, 9, 16), at(1), at(0)]) {
    it(`have every row once and the keys up to it, targets at ${targets.map(({ row }) => row)}`, () => {
      const { rows, packedRows, attention } = packTargets(targets, 5);
      const { chunks, queryPlaces, keyPlaces } = attention;
      const used = chunks.filter((chunk) => chunk.used);
      assert.equal(used.length, rows >= 15 ? 3 : rows >= 10 ? 2 : 1);
      const laidOut = chunks.flatMap(({ unpack }) => [...unpack]);
      assert.deepEqual(
        [...queryPlaces].map((place) => laidOut[place]),
        packedRows.map((_, packed) => packed),
      );
      assert.equal(laidOut.filter((packed) => packed < packedRows.length).length, packedRows.length);
      // Of each chunk's keys, laid end to end, which row each is of, and of which target.
      const keyRows = used.flatMap((chunk) => {
        const reaching = targets.flatMap(({ row }, n) => (row >= chunk.rows[0]! ? [n] : []));
        assert.equal(chunk.unpack.length, reaching.length * chunk.rows.length);
        assert.equal(chunk.keys.length, chunk.rows.at(-1)! + 1);
        return reaching.flatMap((n) => [...chunk.keys].map((row) => `${n}:${row}`));
      });
      const none = keyRows.length + chunks.length - used.length;
      for (const [c, chunk] of used.entries()) {
        for (const [n, target] of targets.entries()) {
          for (let row = 0; row < rows; row++) {
            const place = keyPlaces[(c * targets.length + n) * rows + row]!;
            const has = target.row >= chunk.rows[0]! && row < chunk.keys.length;
            assert.equal(has ? keyRows[place] : place, has ? `${n}:${row}` : none);
          }
        }
      }
    });
  }
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
