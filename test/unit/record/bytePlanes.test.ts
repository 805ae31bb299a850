import assert from 'node:assert/strict';
import { fromPlanes, toPlanes } from '../../../src/record/arrays/bytePlanes.ts';
import { allBits, roundedFloats } from '../../../src/record/arrays/roundedFloats.ts';

const arrays = {
  ranks: Int32Array.of(-1, -1, 7, -1, 70_000, -1, -1, -1, 0, -1),
  hits: Int32Array.of(0, 3, 0, 0),
  none: new Int32Array(0),
  scores: Float32Array.of(0.1, -2.5e-9, Number.POSITIVE_INFINITY),
  logits: Float64Array.of(1 / 3, -1e300),
};
const dtypes = { ranks: 'I32', hits: 'I32', none: 'I32', scores: 'F32', logits: 'F64' } as const;
const specs = (Object.keys(arrays) as (keyof typeof arrays)[]).map((name) => ({
  name,
  dtype: dtypes[name],
  shape: [arrays[name].length],
}));

describe('byte planes', () => {
  const bytes = new Uint8Array(Buffer.concat(toPlanes(Object.values(arrays))));

  it('give every array back', () => {
    assert.deepEqual(Object.fromEntries(fromPlanes(specs, bytes)), arrays);
  });

  it('are refused when they end early or go on', () => {
    assert.throws(() => fromPlanes(specs, bytes.subarray(0, -1)), RangeError);
    assert.throws(() => fromPlanes(specs, new Uint8Array([...bytes, 0])), RangeError);
  });
});

describe('rounded floats', () => {
  it('keep so many bits, half to even, and never become infinite', () => {
    const values = Float32Array.of(
      1,
      1 + 2 ** -9,
      1 + 3 * 2 ** -10,
      1 + 2 ** -10,
      -1.9999,
      Number.NaN,
      -0,
      Number.NEGATIVE_INFINITY,
    );
    const rounded = roundedFloats(values, () => 9);
    assert.deepEqual([...rounded], [1, 1 + 2 ** -9, 1 + 2 ** -8, 1, -2, Number.NaN, -0, Number.NEGATIVE_INFINITY]);
    assert.ok(Number.isFinite(roundedFloats(Float32Array.of(3.4e38), () => 9)[0]));
    assert.deepEqual(
      roundedFloats(values, () => allBits),
      values,
    );
  });

  it('round each number by its own bits', () => {
    assert.deepEqual([...roundedFloats(Float32Array.of(1.3125, 1.3125), (i) => (i === 0 ? 1 : 4))], [1.5, 1.3125]);
  });
});
