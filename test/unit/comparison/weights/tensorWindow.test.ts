import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeFloats } from '../../../../src/checkpoint/safetensors/floats.ts';
import type { TensorSpec } from '../../../../src/checkpoint/safetensors/safetensorsWriter.ts';
import { cutWindow, readTensorWindow } from '../../../../src/comparison/weights/tensorWindow.ts';
import { randomCheckpoint } from './rawCheckpoint.ts';

describe('a window of a tensor', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'window-'));
  });
  after(() => rmSync(folder, { recursive: true }));
  const write = (name: string, specs: readonly TensorSpec[], seed: number, tied = false) =>
    randomCheckpoint(join(folder, name), specs, seed, tied);

  const shape = [40, 3000];
  it('is the elements, cut to the tensor, for narrow and whole rows', async () => {
    for (const dtype of ['BF16', 'F16', 'F32'] as const) {
      const checkpoint = await write(`window-${dtype}`, [{ name: 'w', dtype, shape }], 9);
      const { begin, byteLength } = checkpoint.tensors.get('w')!;
      const bytes = readFileSync(checkpoint.shards[0]!.path).subarray(begin, begin + byteLength);
      const all = decodeFloats(bytes, dtype);
      for (const [rowStart, rowEnd, columnStart, columnEnd] of [
        [0, 40, 0, 3000],
        [3, 9, 0, 3000],
        [3, 9, 17, 2990],
        [38, 99, 2998, 9999],
        [5, 25, 100, 103],
        [7, 8, 7, 8],
        [-5, 2, -1, 2],
      ] as const) {
        const bounds = { rowStart, rowEnd, columnStart, columnEnd };
        const cut = cutWindow(shape, bounds);
        const expected: number[] = [];
        for (let row = Math.max(0, rowStart); row < Math.min(40, rowEnd); row++) {
          expected.push(...all.subarray(row * 3000 + Math.max(0, columnStart), row * 3000 + Math.min(3000, columnEnd)));
        }
        assert.equal(expected.length, (cut.rowEnd - cut.rowStart) * (cut.columnEnd - cut.columnStart));
        assert.deepEqual([...(await readTensorWindow(checkpoint, 'w', bounds))], expected);
      }
    }
  });

  it('may be empty, of a vector, and must not be too large', async () => {
    const checkpoint = await write(
      'windows',
      [
        { name: 'v', dtype: 'F32', shape: [5] },
        { name: 'big', dtype: 'BF16', shape: [2048, 2049] },
      ],
      3,
    );
    const whole = { rowStart: 0, rowEnd: 1e9, columnStart: 0, columnEnd: 1e9 };
    assert.equal((await readTensorWindow(checkpoint, 'v', whole)).length, 5);
    assert.equal((await readTensorWindow(checkpoint, 'v', { ...whole, rowStart: 7 })).length, 0);
    assert.equal(
      (await readTensorWindow(checkpoint, 'v', { ...whole, columnStart: Number.NaN, columnEnd: 2 })).length,
      2,
    );
    await assert.rejects(readTensorWindow(checkpoint, 'big', whole), RangeError);
    await assert.rejects(readTensorWindow(checkpoint, 'none', whole), {
      name: 'InputError',
      message: `"${checkpoint.folder}" has no tensor "none" of floats.`,
    });
  });
});
