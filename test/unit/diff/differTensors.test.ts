import assert from 'node:assert/strict';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Checkpoint } from '../../../src/checkpoint/checkpoint.ts';
import { decodeFloats } from '../../../src/checkpoint/floats.ts';
import { openCheckpoint } from '../../../src/checkpoint/openCheckpoint.ts';
import { encodeSafetensorsHeader, type TensorSpec } from '../../../src/checkpoint/safetensorsWriter.ts';
import { blockElements } from '../../../src/diff/block.ts';
import { type DiffOptions, differTensors } from '../../../src/diff/differTensors.ts';
import type { TensorDifference } from '../../../src/diff/tensorDifference.ts';
import { cutWindow, readTensorWindow } from '../../../src/diff/tensorWindow.ts';
import { tinyConfig } from '../checkpoint/tinyCheckpoint.ts';
import { randomBits } from '../kernels/reference.ts';
import { rawCheckpoint } from './rawCheckpoint.ts';

const one = [{ reference: 0, checkpoint: 1 }];

describe('diff of checkpoints', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'diff-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  /** A checkpoint of tensors in one file, of random bytes that are all finite. */
  async function write(name: string, specs: readonly TensorSpec[], seed: number, tied = false): Promise<Checkpoint> {
    const header = encodeSafetensorsHeader(specs, new Map());
    const random = randomBits(seed);
    // Exponents of bfloat16 and float32 stay small, and so do those of binary16.
    const words = Uint32Array.from(
      { length: Math.ceil(header.fileBytes / 4) },
      () => random() & 0xbfffbfff & ~0x40004000,
    );
    const bytes = new Uint8Array(words.buffer, 0, header.fileBytes);
    bytes.set(header.bytes);
    mkdirSync(join(folder, name), { recursive: true });
    const path = join(folder, name, 'model.safetensors');
    writeFileSync(path, bytes);
    return rawCheckpoint(path, { ...tinyConfig, tie_word_embeddings: tied });
  }

  async function differ(
    checkpoints: readonly Checkpoint[],
    pairs: readonly { reference: number; checkpoint: number }[] = one,
    options: Partial<DiffOptions> = {},
  ): Promise<[number, TensorDifference][]> {
    const found: [number, TensorDifference][] = [];
    await differTensors(checkpoints, pairs, {
      onDifference: (pair, difference) => found.push([pair, difference]),
      ...options,
    });
    return found;
  }

  const rows = Math.ceil((1.3 * blockElements) / 1500);
  const large: readonly TensorSpec[] = [
    { name: 'small', dtype: 'F32', shape: [7] },
    { name: 'large', dtype: 'BF16', shape: [rows, 1500] },
    { name: 'last', dtype: 'F16', shape: [300, 20] },
  ];

  it('is the same to the last bit whatever the number of threads', async () => {
    const checkpoints = await Promise.all([1, 2, 3].map((seed) => write(`threads-${seed}`, large, seed)));
    const pairs = [
      { reference: 0, checkpoint: 1 },
      { reference: 2, checkpoint: 0 },
      { reference: 1, checkpoint: 2 },
    ];
    const alone = await differ(checkpoints, pairs, { workers: 1 });
    assert.deepEqual(
      alone.map(([pair, { name }]) => `${name} ${pair}`),
      ['small', 'large', 'last'].flatMap((name) => [0, 1, 2].map((pair) => `${name} ${pair}`)),
    );
    assert.deepEqual(await differ(checkpoints, pairs, { workers: 3 }), alone);
    // A pair is told the same beside others as alone, and the other way round with the signs changed.
    const [, [, reversed]] = (await differ([checkpoints[0]!, checkpoints[2]!])) as [
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
    const checkpoints = await Promise.all([4, 5].map((seed) => write(`blocks-${seed}`, large, seed)));
    const [, [, found]] = (await differ(checkpoints)) as [unknown, [number, TensorDifference]];
    const all = { rowStart: 0, columnStart: 0, columnEnd: 1500 };
    const rowSquares = new Float64Array(rows);
    const columnSquares = new Float64Array(1500);
    const map = new Float32Array(256 * 256);
    let [largest, at, equal] = [0, 0, 0];
    for (let rowStart = 0; rowStart < rows; rowStart += 1000) {
      const rowEnd = Math.min(rows, rowStart + 1000);
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
        const cell = Math.floor(((row + 1) * 256 - 1) / rows) * 256 + Math.floor(((column + 1) * 256 - 1) / 1500);
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
    assert.equal(found.unchangedShare, equal / (rows * 1500));
    assert.equal(found.rowNorms.length, rows);
    for (const [i, norm] of found.rowNorms.entries()) near(norm, Math.sqrt(rowSquares[i]!), 1e-6);
    for (const [i, norm] of found.columnNorms.entries()) near(norm, Math.sqrt(columnSquares[i]!), 1e-6);
    assert.deepEqual(found.map, { rows: 256, columns: 256, values: map });
    const { zero, counts } = found.histogram;
    assert.equal(
      counts.reduce((sum, count) => sum + count, zero),
      rows * 1500,
    );
  });

  for (const name of ['tiny-qwen3-untied-sharded', 'tiny-qwen2-untied-f16', 'tiny-llama-tied-bias']) {
    it(`finds every tensor of ${name} where it lies`, async () => {
      const fixture = join(import.meta.dirname, '..', '..', 'fixtures', 'checkpoints', name);
      const pair = await Promise.all(['base', 'sft'].map((side) => openCheckpoint(join(fixture, side))));
      const found = await differ(pair);
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
      const found = await differ(pair);
      assert.deepEqual(
        found.map(([, { name }]) => name),
        ['model.embed_tokens.weight', 'lm_head.weight'],
      );
      assert.deepEqual(found[1]![1].map.values, changes);
    }
  });

  it('counts the bytes that it goes through', async () => {
    const checkpoints = await Promise.all([1, 2].map((seed) => write(`bytes-${seed}`, large, seed)));
    const told: [number, number][] = [];
    await differ(checkpoints, one, { onProgress: (done, total) => told.push([done, total]) });
    const total = 2 * (7 * 4 + rows * 1500 * 2 + 300 * 20 * 2);
    assert.deepEqual(told.at(-1), [total, total]);
    assert.ok(told.every(([done], i) => i === 0 || done > told[i - 1]![0]));
  });

  it('reads nothing of a checkpoint in no pair', async () => {
    const specs: readonly TensorSpec[] = [{ name: 'a', dtype: 'F32', shape: [3] }];
    const other = await write('in-no-pair', [{ name: 'b', dtype: 'F32', shape: [4] }], 1);
    const found = await differ(
      [other, await write('in-1', specs, 1), await write('in-2', specs, 2)],
      [{ reference: 2, checkpoint: 1 }],
    );
    assert.deepEqual(
      found.map(([pair, { name }]) => [pair, name]),
      [[0, 'a']],
    );
  });

  it('names the tensor that checkpoints do not share', async () => {
    const a: TensorSpec = { name: 'a', dtype: 'F32', shape: [2, 3] };
    const full = await write('full', [a, { name: 'b\n<i>', dtype: 'F32', shape: [3] }], 1);
    const lacking = await write('lacking', [a], 1);
    const turned = await write('turned', [{ ...a, shape: [3, 2] }], 1);
    const whole = await write('whole', [{ ...a, dtype: 'I32' }], 1);
    const said = (message: string) => ({ name: 'InputError', message });
    const missing = said(
      `Tensor "b\\n<i>" is in "${full.folder}" but not in "${lacking.folder}"; give checkpoints of one model.`,
    );
    await assert.rejects(differ([full, lacking]), missing);
    await assert.rejects(differ([lacking, full]), missing);
    await assert.rejects(
      differ([lacking, turned]),
      said(
        `Tensor "a" has the shape [2, 3] in "${lacking.folder}" but [3, 2] in "${turned.folder}"; give checkpoints of one model.`,
      ),
    );
    await assert.rejects(
      differ([lacking, whole]),
      said(`Tensor "a" has the dtype I32 in "${whole.folder}"; weights must be BF16, F16 or F32.`),
    );
  });

  it('refuses files that changed or went away after their headers were read', async () => {
    const specs: readonly TensorSpec[] = [{ name: 'a', dtype: 'F32', shape: [50] }];
    const kept = await write('kept', specs, 1);
    const changed = await write('changed', specs, 2);
    const { path } = changed.shards[0]!;
    appendFileSync(path, 'more');
    await assert.rejects(differ([kept, changed]), {
      name: 'InputError',
      message: `"${path}" changed after its header was read: leave it alone and try again.`,
    });
    rmSync(path);
    const message = `Cannot read "${path}": there is no such file.`;
    await assert.rejects(differ([kept, changed]), { name: 'InputError', message });
    const bounds = { rowStart: 0, rowEnd: 1, columnStart: 0, columnEnd: 9 };
    await assert.rejects(readTensorWindow(changed, 'a', bounds), { name: 'InputError', message });
  });

  it('is the same in threads that were kept from others, whose files are closed', async () => {
    const checkpoints = await Promise.all([1, 2, 3].map((seed) => write(`kept-${seed}`, large, seed)));
    const other = [{ reference: 1, checkpoint: 2 }];
    const first = await differ(checkpoints, one, { workers: 2 });
    const wide = await Promise.all(
      [4, 5].map((seed) => write(`wide-${seed}`, [{ name: 'w', dtype: 'F32', shape: [3, 9000] }], seed)),
    );
    await differ(wide, one, { workers: 2 });
    const second = await differ(checkpoints, other, { workers: 2 });
    assert.notDeepEqual(second, first);
    assert.deepEqual(await differ(checkpoints, one, { workers: 1 }), first);
    assert.deepEqual(await differ(checkpoints, other, { workers: 3 }), second);
    if (process.platform === 'linux') {
      const open = readdirSync('/proc/self/fd').flatMap((name) => {
        try {
          return [readlinkSync(join('/proc/self/fd', name))];
        } catch {
          return [];
        }
      });
      assert.deepEqual(
        open.filter((path) => path.startsWith(folder)),
        [],
      );
    }
  });

  it('goes on after a diff that failed, with threads of its own', async () => {
    const checkpoints = await Promise.all([1, 2].map((seed) => write(`after-${seed}`, large, seed)));
    const first = await differ(checkpoints);
    const gone = await write('gone', large, 3);
    rmSync(gone.shards[0]!.path);
    await assert.rejects(differ([checkpoints[0]!, gone]), { name: 'InputError' });
    assert.deepEqual(await differ(checkpoints), first);
  });

  it('stops when asked to, before and in the middle', async () => {
    const checkpoints = await Promise.all([1, 2].map((seed) => write(`stop-${seed}`, large, seed)));
    await assert.rejects(differ(checkpoints, one, { signal: AbortSignal.abort() }), { name: 'Interrupted' });
    const controller = new AbortController();
    const names: string[] = [];
    const stopped = differTensors(checkpoints, one, {
      signal: controller.signal,
      workers: 1,
      onDifference: (_, { name }) => {
        names.push(name);
        controller.abort();
      },
    });
    await assert.rejects(stopped, { name: 'Interrupted' });
    assert.deepEqual(names, ['small']);
  });

  it("ends with what the caller's own function throws", async () => {
    const checkpoints = await Promise.all([1, 2].map((seed) => write(`throw-${seed}`, large, seed)));
    const onDifference = () => {
      throw new Error('no space');
    };
    await assert.rejects(differ(checkpoints, one, { onDifference }), { message: 'no space' });
  });

  describe('windows', () => {
    const shape = [40, 3000];
    it('are the elements, cut to the tensor, for narrow and whole rows', async () => {
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
            expected.push(
              ...all.subarray(row * 3000 + Math.max(0, columnStart), row * 3000 + Math.min(3000, columnEnd)),
            );
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
});
