import assert from 'node:assert/strict';
import { openCheckpoint } from '../../../../src/checkpoint/openCheckpoint.ts';
import { cacheBytes, KeyValueCache } from '../../../../src/engine/sessions/keyValueCache.ts';
import { sampleFolder } from '../../../paths.ts';

describe('the key-value cache', () => {
  it('keeps the rows of every place while it grows and shrinks, and places move', async () => {
    const { architecture } = await openCheckpoint(`${sampleFolder}/base`);
    const { layers, keyValueHeads, headDim } = architecture;
    const width = keyValueHeads * headDim;
    const [places, mostRows] = [5, 200];
    const cache = new KeyValueCache(architecture, places, mostRows);
    const value = (layer: number, sequence: number, row: number, i: number) =>
      1000 * layer + 100 * sequence + row + i / 128;
    const lengths = [3, 40, 1, 77, 12];
    const rowsOf = (layer: number, sequence: number, first: number, count: number) =>
      Float32Array.from({ length: count * width }, (_, at) =>
        value(layer, sequence, first + Math.floor(at / width), at % width),
      );
    const negative = (values: Float32Array) => values.map((each) => -each);
    const put = (place: number, sequence: number, first: number, count: number) => {
      for (let layer = 0; layer < layers; layer++) {
        const keys = rowsOf(layer, sequence, first, count);
        cache.put(layer, place, first, { keys, values: negative(keys), first: 0, count });
      }
    };
    const check = (place: number, sequence: number, rows: number) => {
      for (let layer = 0; layer < layers; layer++) {
        const { keys, values } = cache.first(layer, places);
        assert.equal(keys.length, places * width * cache.columns);
        for (let head = 0; head < keyValueHeads; head++) {
          for (let row = 0; row < rows; row++) {
            const at = ((place * keyValueHeads + head) * cache.columns + row) * headDim;
            const expected = rowsOf(layer, sequence, row, 1).subarray(head * headDim, (head + 1) * headDim);
            assert.deepEqual(keys.subarray(at, at + headDim), expected);
            assert.deepEqual(values.subarray(at, at + headDim), negative(expected));
          }
        }
      }
    };
    cache.fit(77, []);
    for (const [sequence, rows] of lengths.entries()) put(sequence, sequence, 0, rows);
    cache.fit(170, lengths);
    assert.equal(cache.columns, 192);
    for (const [sequence, rows] of lengths.entries()) check(sequence, sequence, rows);
    put(3, 3, 77, 90);
    check(3, 3, 167);
    // The long one gives its place to the last.
    cache.copy(4, 3, 12);
    cache.fit(41, [3, 40, 1, 12]);
    assert.equal(cache.columns, 64);
    for (const [place, sequence, rows] of [
      [0, 0, 3],
      [1, 1, 40],
      [2, 2, 1],
      [3, 4, 12],
    ] as const) {
      check(place, sequence, rows);
    }
    assert.equal(cacheBytes(architecture, 200), layers * 2 * width * 224 * 4);
  });
});
