import assert from 'node:assert/strict';
import { decodeFloats, widenFloats } from '../../../../src/checkpoint/safetensors/floats.ts';

/* Stored numbers as float32, one by one and a span at a time. */

describe('float32 of stored numbers', () => {
  const every = Uint16Array.from({ length: 2 ** 16 }, (_, bits) => bits);
  for (const dtype of ['BF16', 'F16', 'F32'] as const) {
    it(`${dtype}: a span at a time as one by one, wherever the bytes lie`, () => {
      const plain = Buffer.from(every.buffer);
      // A view of a Buffer whose bytes begin at an odd place.
      const odd = Buffer.concat([Buffer.alloc(1), plain]).subarray(1);
      const expected = decodeFloats(plain, dtype);
      for (const bytes of [plain, odd]) {
        const into = new Float32Array(expected.length + 1).fill(7);
        widenFloats(bytes, dtype, into);
        // As numbers: which NaN one is does not matter.
        assert.deepEqual([...into.subarray(0, expected.length)], [...expected]);
        assert.equal(into.at(-1), 7);
      }
    });
  }
});
