import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DiffKernel } from '../../../src/kernels/diffKernel.ts';
import { chunkElements } from '../../../src/kernels/diffMemory.ts';
import { elements, elementsOf, randomBits } from './reference.ts';

const sizes = { checkpoints: 2, pairs: 1, maxColumns: 64, mapRows: 4, mapColumns: 8 };

describe('diff kernel', () => {
  let kernel: DiffKernel;
  before(async () => {
    kernel = await DiffKernel.load(sizes);
  });

  for (const dtype of ['BF16', 'F16'] as const) {
    it(`${dtype}: reads all 65536 patterns as their values`, () => {
      for (let begin = 0; begin < 65536; begin += chunkElements) {
        elementsOf(dtype, kernel.inputs[0]!).set(Array.from({ length: chunkElements }, (_, i) => begin + i));
        kernel.decode(0, dtype, 0, chunkElements);
        for (const [i, value] of kernel.slots[0]!.entries()) {
          const expected = elements[dtype].toFloat(begin + i);
          assert.ok(Object.is(value, expected), `pattern ${(begin + i).toString(16)} is ${value}, not ${expected}`);
        }
      }
    });
  }

  for (const dtype of ['BF16', 'F16', 'F32'] as const) {
    it(`${dtype}: any length from any offset, and the bytes behind are left alone`, () => {
      const random = randomBits(31);
      const { size, toFloat } = elements[dtype];
      const input = elementsOf(dtype, kernel.inputs[1]!);
      for (let length = 1; length <= 40; length++) {
        const bits = Array.from({ length: 100 }, () => (size === 2 ? random() & 0x3fff : random() & 0x3fffffff));
        input.set(bits);
        const from = random() % 50;
        const sum = kernel.decode(1, dtype, from * size, length);
        const values = bits.slice(from, from + length).map(toFloat);
        assert.deepEqual([...kernel.slots[1]!.subarray(0, length)], values);
        const squares = values.reduce((all, value) => all + value * value, 0);
        assert.ok(Math.abs(sum - squares) <= 1e-13 * squares, `${sum} is not ${squares}`);
        assert.deepEqual([...input.subarray(0, 100)], bits);
      }
    });

    it(`${dtype}: a sum of squares that is not finite tells of one element`, () => {
      const infinity = { BF16: 0x7f80, F16: 0x7c00, F32: 0x7f800000 }[dtype];
      for (const special of [infinity, infinity + 1]) {
        for (const length of [1, 7, 8, 9, 4099]) {
          for (const at of new Set([0, length >> 1, length - 1])) {
            const input = elementsOf(dtype, kernel.inputs[0]!);
            input.fill(0, 0, length + 8);
            input[at] = special;
            assert.equal(Number.isFinite(kernel.decode(0, dtype, 0, length)), false, `${length} elements, ${at}`);
            input[at] = 0;
            input[length] = special;
            assert.equal(kernel.decode(0, dtype, 0, length), 0, `beyond ${length} elements`);
          }
        }
      }
    });
  }

  it('finds the next change above a floor', () => {
    const [a, b] = [kernel.slots[0]!, kernel.slots[1]!];
    const length = 103;
    for (let i = 0; i < length; i++) {
      a[i] = i;
      b[i] = i + (i % 10 === 3 ? 2 : -1);
    }
    const found: number[] = [];
    for (let i = kernel.next(0, 1, 0, length, 1); i < length; i = kernel.next(0, 1, i + 1, length, 1)) found.push(i);
    assert.deepEqual(
      found,
      Array.from({ length: 10 }, (_, i) => 10 * i + 3),
    );
    assert.equal(kernel.next(0, 1, 5, length, 0.5), 5);
    assert.equal(kernel.next(0, 1, 0, length, 2), length);
    assert.equal(kernel.next(0, 1, length, length, 0), length);
  });

  it('multiplies two sides', () => {
    const [a, b] = [kernel.slots[0]!, kernel.slots[1]!];
    for (const length of [1, 3, 4, 2047, 2053]) {
      let expected = 0;
      for (let i = 0; i < length; i++) {
        a[i] = i % 97;
        b[i] = 3 - (i % 7);
        expected += a[i]! * b[i]!;
      }
      a[length] = Number.NaN;
      assert.equal(kernel.dot(0, 1, length), expected);
    }
  });

  it('sums powers around a middle', () => {
    const [a, b] = [kernel.slots[0]!, kernel.slots[1]!];
    for (const length of [1, 3, 2047, 5000]) {
      for (let i = 0; i <= length; i++) {
        a[i] = i % 97;
        b[i] = a[i]! + 100 + (i % 7);
      }
      const expected = [1, 2, 3, 4].map((power) => {
        let sum = 0;
        for (let i = 0; i < length; i++) sum += ((i % 7) - 3) ** power;
        return sum;
      });
      assert.deepEqual(kernel.powers(0, 0, 1, length, 103), expected);
    }
  });

  it('says in words that its file is missing', async () => {
    const path = join(import.meta.dirname, 'nowhere.wasm');
    await assert.rejects(DiffKernel.load(sizes, path), {
      name: 'RunError',
      message: `"${path}" is missing: build the project (npm run build).`,
    });
  });
});
