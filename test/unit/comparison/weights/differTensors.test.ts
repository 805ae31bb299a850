import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openCheckpoint } from '../../../../src/checkpoint/openCheckpoint.ts';
import type { TensorSpec } from '../../../../src/checkpoint/safetensors/safetensorsWriter.ts';
import { readTensorWindow } from '../../../../src/comparison/weights/tensorWindow.ts';
import type { TensorDifference } from '../../../../src/record/comparison/tensors/tensorDifference.ts';
import { checkpointFixtures } from '../../../paths.ts';
import { differencesOf, largeRows, severalBlocks } from './differencesOf.ts';
import { randomCheckpoint } from './rawCheckpoint.ts';

describe('diff of checkpoints', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'diff-'));
  });
  after(() => rmSync(folder, { recursive: true }));
  const write = (name: string, specs: readonly TensorSpec[], seed: number, tied = false) =>
    randomCheckpoint(join(folder, name), specs, seed, tied);

  it('is the same to the last bit whatever the number of threads', async () => {
    const checkpoints = await Promise.all([1, 2, 3].map((seed) => write(`threads-${seed}`, severalBlocks, seed)));
    const pairs = [
      { reference: 0, checkpoint: 1 },
      { reference: 2, checkpoint: 0 },
      { reference: 1, checkpoint: 2 },
    ];
    const alone = await differencesOf(checkpoints, pairs, { workers: 1 });
    assert.deepEqual(
      alone.map(([pair, { name }]) => `${name} ${pair}`),
      ['small', 'large', 'last'].flatMap((name) => [0, 1, 2].map((pair) => `${name} ${pair}`)),
    );
    assert.deepEqual(await differencesOf(checkpoints, pairs, { workers: 3 }), alone);
    // A pair is told the same beside others as alone, and the other way round with the signs changed.
    const [, [, reversed]] = (await differencesOf([checkpoints[0]!, checkpoints[2]!])) as [
      unknown,
      [number, TensorDifference],
    ];
    const [, there] = alone[4]!;
    assert.deepEqual(
      [reversed.norm, reversed.mean, reversed.excessKurtosis, reversed.referenceNorm, reversed.spikes[0]!.delta],
      [there.norm, -there.mean, there.excessKurtosis, there.checkpointNorm, -there.spikes[0]!.delta],
    );
    assert.deepEqual(reversed.map, there.map);
  });

  it('puts a tensor of several blocks together as it is', async () => {
    const checkpoints = await Promise.all([4, 5].map((seed) => write(`blocks-${seed}`, severalBlocks, seed)));
    const [, [, found]] = (await differencesOf(checkpoints)) as [unknown, [number, TensorDifference]];
    const all = { rowStart: 0, columnStart: 0, columnEnd: 1500 };
    const rowSquares = new Float64Array(largeRows);
    const columnSquares = new Float64Array(1500);
    const map = new Float32Array(256 * 256);
    let [largest, at, equal] = [0, 0, 0];
    for (let rowStart = 0; rowStart < largeRows; rowStart += 1000) {
      const rowEnd = Math.min(largeRows, rowStart + 1000);
      const [a, b] = await Promise.all(
        checkpoints.map((each) => readTensorWindow(each, 'large', { ...all, rowStart, rowEnd })),
      );
      for (let i = 0; i < a!.length; i++) {
        const [row, column] = [rowStart + Math.floor(i / 1500), i % 1500];
        const change = Math.abs(b![i]! - a![i]!);
        if (Object.is(a![i], b![i])) equal++;
        rowSquares[row]! += change ** 2;
        columnSquares[column]! += change ** 2;
        if (change > largest) [largest, at] = [change, row * 1500 + column];
        const cell = Math.floor(((row + 1) * 256 - 1) / largeRows) * 256 + Math.floor(((column + 1) * 256 - 1) / 1500);
        map[cell] = Math.max(map[cell]!, change);
      }
    }
    const near = (actual: number, expected: number, tolerance: number) =>
      assert.ok(Math.abs(actual - expected) <= tolerance * expected, `${actual} is not ${expected}`);
    near(
      found.norm ** 2,
      rowSquares.reduce((sum, each) => sum + each),
      1e-12,
    );
    assert.deepEqual([found.maxAbs, ...found.maxAbsAt], [largest, Math.floor(at / 1500), at % 1500]);
    assert.equal(found.unchangedShare, equal / (largeRows * 1500));
    assert.equal(found.rowNorms.length, largeRows);
    for (const [i, norm] of found.rowNorms.entries()) near(norm, Math.sqrt(rowSquares[i]!), 1e-6);
    for (const [i, norm] of found.columnNorms.entries()) near(norm, Math.sqrt(columnSquares[i]!), 1e-6);
    assert.deepEqual(found.map, { rows: 256, columns: 256, values: map });
    const { zero, counts } = found.histogram;
    assert.equal(
      counts.reduce((sum, count) => sum + count, zero),
      largeRows * 1500,
    );
  });

  for (const name of ['tiny-qwen3-untied-sharded', 'tiny-qwen2-untied-f16', 'tiny-llama-tied-bias']) {
    it(`finds every tensor of ${name} where it lies`, async () => {
      const fixture = join(checkpointFixtures, name);
      const pair = await Promise.all(['base', 'sft'].map((side) => openCheckpoint(join(fixture, side))));
      const found = await differencesOf(pair);
      assert.deepEqual(
        found.map(([, difference]) => difference.name),
        [...pair[0]!.tensors.keys()],
      );
      const all = { rowStart: 0, rowEnd: 1e9, columnStart: 0, columnEnd: 1e9 };
      for (const [, difference] of found) {
        const [a, b] = await Promise.all(pair.map((side) => readTensorWindow(side, difference.name, all)));
        const squares = a!.reduce((sum, value, i) => sum + (b![i]! - value) ** 2, 0);
        assert.ok(Math.abs(difference.norm ** 2 - squares) <= 1e-12 * squares, difference.name);
        assert.equal(
          difference.maxAbs,
          a!.reduce((most, value, i) => Math.max(most, Math.abs(b![i]! - value)), 0),
        );
      }
    });
  }

  it('compares a head with the embeddings that another ties it to', async () => {
    const embeddings: TensorSpec = { name: 'model.embed_tokens.weight', dtype: 'BF16', shape: [8, 4] };
    const head: TensorSpec = { name: 'lm_head.weight', dtype: 'BF16', shape: [8, 4] };
    const tied = await write('tied', [embeddings], 1, true);
    const stored = await write('stored', [embeddings, head], 1);
    const bounds = { rowStart: 0, rowEnd: 8, columnStart: 0, columnEnd: 4 };
    const effective = await readTensorWindow(tied, 'lm_head.weight', bounds);
    assert.deepEqual(effective, await readTensorWindow(tied, 'model.embed_tokens.weight', bounds));
    const own = await readTensorWindow(stored, 'lm_head.weight', bounds);
    const changes = own.map((value, i) => Math.abs(value - effective[i]!));
    for (const pair of [
      [tied, stored],
      [stored, tied],
    ]) {
      const found = await differencesOf(pair);
      assert.deepEqual(
        found.map(([, { name }]) => name),
        ['model.embed_tokens.weight', 'lm_head.weight'],
      );
      assert.deepEqual(found[1]![1].map.values, changes);
    }
  });

  it('reads nothing of a checkpoint in no pair', async () => {
    const specs: readonly TensorSpec[] = [{ name: 'a', dtype: 'F32', shape: [3] }];
    const other = await write('in-no-pair', [{ name: 'b', dtype: 'F32', shape: [4] }], 1);
    const found = await differencesOf(
      [other, await write('in-1', specs, 1), await write('in-2', specs, 2)],
      [{ reference: 2, checkpoint: 1 }],
    );
    assert.deepEqual(
      found.map(([pair, { name }]) => [pair, name]),
      [[0, 'a']],
    );
  });
});
