import assert from 'node:assert/strict';
import { packTargets } from '../../../src/engine/packing.ts';

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
