import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, statSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectionShape } from '../../../src/checkpoint/architecture/architecture.ts';
import { openCheckpoint } from '../../../src/checkpoint/openCheckpoint.ts';
import { type CheckpointPair, checkPair, keepingRows } from '../../../src/checkpoint/pair.ts';
import { commitCheckpoint } from '../../../src/commit/commit.ts';
import { neuronDrift } from '../../../src/commit/neuronDrift.ts';
import { PointWriter } from '../../../src/commit/pointWriter.ts';
import { Interrupted, RunError } from '../../../src/errors.ts';
import { unfinishedMark } from '../../../src/files/writing/leftovers.ts';
import { checkpointFixtures, fixtures } from '../../paths.ts';
import { writeRandom } from '../checkpoint/vocabulary/randomCheckpoint.ts';
import { listing } from './tinyPair.ts';

const never = new AbortController().signal;

describe('a point written over the one before', () => {
  let folder: string;
  let temporary: string | undefined;
  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'point-')));
    mkdirSync(join(folder, 'scratch'));
    temporary = process.env['TMPDIR'];
    process.env['TMPDIR'] = join(folder, 'scratch');
  });
  afterEach(() => {
    if (temporary === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = temporary;
    rmSync(folder, { recursive: true });
  });

  const up = 'model.layers.0.mlp.up_proj';
  const down = 'model.layers.0.mlp.down_proj';
  const none = new Map<string, Uint32Array>();
  const some = new Map([
    [up, Uint32Array.of(1, 4)],
    [down, Uint32Array.of(0, 5)],
    ['model.layers.0.self_attn.q_proj', Uint32Array.of(2)],
  ]);
  const others = new Map([
    [up, Uint32Array.of(1, 3)],
    [down, Uint32Array.of(0, 5)],
  ]);

  /** What the folder holds besides the mark, by name. */
  const contentOf = (place: string) =>
    new Map(
      listing(place)
        .filter((name) => name !== unfinishedMark && statSync(join(place, name)).isFile())
        .map((name) => [name, readFileSync(join(place, name))]),
    );

  async function committed(pair: CheckpointPair, alpha: number, resetSet: ReadonlyMap<string, Uint32Array>) {
    const out = join(folder, 'out');
    await commitCheckpoint({ pair, alpha, resetSet, out, overwrite: true, manifest: () => ({}) });
    const content = contentOf(out);
    content.delete('rejuvenation.json');
    return content;
  }

  async function check(pair: CheckpointPair): Promise<void> {
    const writer = await PointWriter.create(pair.sft);
    try {
      for (const [alpha, resetSet] of [
        [0.5, none],
        [0.5, some],
        [0.5, others],
        [0.3, others],
        [1, none],
        [0.5, some],
      ] as const) {
        await writer.write({ pair, alpha, resetSet }, { signal: never });
        assert.deepEqual(contentOf(writer.place), await committed(pair, alpha, resetSet));
      }
    } finally {
      await writer.remove();
    }
    assert.deepEqual(listing(join(folder, 'scratch')), []);
  }

  const fixturePair = async (name: string) => {
    const at = join(checkpointFixtures, name);
    return checkPair(await openCheckpoint(join(at, 'base')), await openCheckpoint(join(at, 'sft')));
  };

  for (const name of ['tiny-llama-tied-bias', 'tiny-qwen3-untied-sharded', 'tiny-qwen2-untied-f16']) {
    it(`has the bytes of a commit: ${name}`, async () => check(await fixturePair(name)));
  }

  it('has the bytes of a commit where the vocabulary grew, rows are kept and dtypes differ', async () => {
    writeRandom(join(folder, 'base'), { vocabSize: 9, tied: true, dtype: 'F32', seed: 3 });
    writeRandom(join(folder, 'sft'), { vocabSize: 12, tied: false, dtype: 'BF16', seed: 4 });
    const [base, sft] = [await openCheckpoint(join(folder, 'base')), await openCheckpoint(join(folder, 'sft'))];
    await check(keepingRows(await checkPair(base, sft), [2, 5]));
  });

  it('rewrites only the tensors whose reset differs where alpha stays, and nothing where nothing does', async () => {
    const pair = await fixturePair('tiny-qwen2-tied');
    const writer = await PointWriter.create(pair.sft);
    const write = (alpha: number, resetSet: ReadonlyMap<string, Uint32Array>) =>
      writer.write({ pair, alpha, resetSet }, { signal: never });
    const all = [...pair.sft.tensors.values()].reduce((sum, { byteLength }) => sum + byteLength, 0);
    const bytes = (...names: string[]) => names.reduce((sum, name) => sum + pair.sft.tensors.get(name)!.byteLength, 0);
    try {
      assert.equal(await write(0.5, some), all);
      // By which an engine tells points apart, whatever the file system's clock.
      const modified = () => statSync(join(writer.place, 'model.safetensors')).mtimeMs;
      const before = modified();
      assert.equal(await write(0.5, some), 0);
      const query = 'model.layers.0.self_attn.q_proj';
      assert.equal(await write(0.5, others), bytes(`${up}.weight`, `${query}.weight`, `${query}.bias`));
      assert.equal(await write(0.6, others), all);
      assert.ok(modified() - before >= 2000);
    } finally {
      await writer.remove();
    }
  });

  it('is written whole after one that was stopped, and none of inputs that changed', async () => {
    writeRandom(join(folder, 'base'), { vocabSize: 9, tied: true, dtype: 'F32', seed: 3 });
    writeRandom(join(folder, 'sft'), { vocabSize: 9, tied: true, dtype: 'F32', seed: 4 });
    const pair = await checkPair(await openCheckpoint(join(folder, 'base')), await openCheckpoint(join(folder, 'sft')));
    const writer = await PointWriter.create(pair.sft);
    try {
      await writer.write({ pair, alpha: 0.5, resetSet: some }, { signal: never });
      const stop = new AbortController();
      const stopped = { signal: stop.signal, onProgress: () => stop.abort() };
      await assert.rejects(writer.write({ pair, alpha: 0.4, resetSet: none }, stopped), Interrupted);
      await writer.write({ pair, alpha: 0.5, resetSet: some }, { signal: never });
      assert.deepEqual(contentOf(writer.place), await committed(pair, 0.5, some));
      utimesSync(join(folder, 'base', 'model.safetensors'), 1, 1);
      await assert.rejects(writer.write({ pair, alpha: 0.4, resetSet: none }, { signal: never }), RunError);
    } finally {
      await writer.remove();
    }
  });

  it('is measured for drift as the norms of rows, bias included, and of columns', async () => {
    for (const name of ['tiny-llama-tied-bias', 'tiny-qwen2-untied-f16', 'tiny-qwen3-untied-sharded']) {
      const pair = await fixturePair(name);
      const values = (side: CheckpointPair['sft'], tensor: string) => {
        const { shard, begin, byteLength, dtype, shape } = side.tensors.get(tensor)!;
        const data = readFileSync(side.shards[shard]!.path).subarray(begin, begin + byteLength);
        return { shape, floats: reference(data, dtype) };
      };
      for (const [projection, axis] of [
        [up, 'row'],
        ['model.layers.1.self_attn.v_proj', 'row'],
        [down, 'column'],
      ] as const) {
        const [after, before] = [values(pair.sft, `${projection}.weight`), values(pair.base, `${projection}.weight`)];
        const [rows, columns] = after.shape as [number, number];
        const width = axis === 'row' ? rows : columns;
        const sums = new Array<number>(width).fill(0);
        for (let row = 0; row < rows; row++) {
          for (let column = 0; column < columns; column++) {
            const at = row * columns + column;
            sums[axis === 'row' ? row : column]! += (after.floats[at]! - before.floats[at]!) ** 2;
          }
        }
        if (axis === 'row' && pair.sft.tensors.has(`${projection}.bias`)) {
          const [own, other] = [
            values(pair.sft, `${projection}.bias`).floats,
            values(pair.base, `${projection}.bias`).floats,
          ];
          own.forEach((value, row) => {
            sums[row]! += (value - other[row]!) ** 2;
          });
        }
        const found = await neuronDrift(pair, projection, { axis, width }, never);
        assert.ok(found.some((norm) => norm > 0));
        found.forEach((norm, i) => {
          assert.ok(Math.abs(norm - Math.sqrt(sums[i]!)) < 1e-12, `${projection} ${i}`);
        });
      }
    }
  });

  it('drift of projections that share a tensor is of their own rows', async () => {
    const folder = join(fixtures, 'families', 'phi3');
    const pair = await checkPair(await openCheckpoint(join(folder, 'base')), await openCheckpoint(join(folder, 'sft')));
    const parts = ['q_proj', 'k_proj', 'v_proj'] as const;
    const found: number[] = [];
    for (const part of parts) {
      const width = projectionShape(pair.sft.architecture, 1, part)[0];
      const name = `model.layers.1.self_attn.${part}`;
      found.push(...(await neuronDrift(pair, name, { axis: 'row', width }, never)));
    }
    const fused = 'model.layers.1.self_attn.qkv_proj';
    const whole = await neuronDrift(pair, fused, { axis: 'row', width: found.length }, never);
    assert.deepEqual(found, [...whole]);
    assert.equal(found.length, pair.sft.tensors.get(`${fused}.weight`)!.shape[0]);
  });
});

/** Weights as numbers, from the definition of each format. */
function reference(data: Buffer, dtype: string): number[] {
  const size = dtype === 'F32' ? 4 : 2;
  return Array.from({ length: data.length / size }, (_, i) => {
    if (dtype === 'F32') return data.readFloatLE(4 * i);
    const bits = data.readUInt16LE(2 * i);
    const [exponentBits, fractionBits, bias] = dtype === 'BF16' ? [8, 7, 127] : [5, 10, 15];
    const exponent = (bits >> fractionBits) & (2 ** exponentBits - 1);
    const fraction = (bits & (2 ** fractionBits - 1)) / 2 ** fractionBits;
    const magnitude = exponent === 0 ? fraction * 2 ** (1 - bias) : (1 + fraction) * 2 ** (exponent - bias);
    return bits >> 15 === 1 ? -magnitude : magnitude;
  });
}
