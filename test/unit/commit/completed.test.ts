import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { embeddingName, headBiasName, headName } from '../../../src/checkpoint/architecture/tensorNames.ts';
import type { Checkpoint } from '../../../src/checkpoint/checkpoint.ts';
import { openCheckpoint } from '../../../src/checkpoint/openCheckpoint.ts';
import { checkPair, keepingRows } from '../../../src/checkpoint/pair.ts';
import type { WeightDtype } from '../../../src/checkpoint/safetensors/dtype.ts';
import { commitCheckpoint } from '../../../src/commit/commit.ts';
import { writeRandom } from '../checkpoint/vocabulary/randomCheckpoint.ts';
import { convertedBits, elementsOf, fusedBits } from '../kernels/reference.ts';

const matrices: ReadonlySet<string> = new Set([embeddingName, headName, headBiasName]);

function bitsOf({ shards, tensors }: Checkpoint, name: string): Uint16Array | Uint32Array {
  const { shard, begin, byteLength, dtype } = tensors.get(name)!;
  const bytes = Uint8Array.from(readFileSync(shards[shard]!.path).subarray(begin, begin + byteLength));
  return elementsOf(dtype as WeightDtype, bytes);
}

interface Side {
  readonly vocabSize: number;
  readonly tied: boolean;
  readonly dtype: WeightDtype;
  readonly headBias?: boolean;
}

describe('commits of a completed base', () => {
  let folder: string;
  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'commit-')));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** Every element by the definition: row by row, rows that the base lacks and kept ones as the SFT has them. */
  async function check(
    baseSide: Side,
    sftSide: Side,
    kept: readonly number[],
    alpha: number,
    { dtype, workers }: { readonly dtype?: WeightDtype | undefined; readonly workers?: number } = {},
  ) {
    writeRandom(join(folder, 'base'), { ...baseSide, seed: 3 });
    writeRandom(join(folder, 'sft'), { ...sftSide, seed: 4 });
    const [base, sft] = [await openCheckpoint(join(folder, 'base')), await openCheckpoint(join(folder, 'sft'))];
    const pair = keepingRows(await checkPair(base, sft), kept);
    const out = join(folder, 'out');
    const resetSet = new Map([
      ['model.layers.0.mlp.up_proj', Uint32Array.of(1, 4)],
      ['model.layers.0.mlp.down_proj', Uint32Array.of(0, 5)],
    ]);
    await commitCheckpoint({ pair, alpha, resetSet, out, overwrite: false, manifest: () => ({}), dtype, workers });
    const made = await openCheckpoint(out);
    assert.deepEqual([...made.tensors.keys()], [...sft.tensors.keys()]);
    for (const [name, { shape, dtype: sftDtype }] of sft.tensors) {
      const outDtype = made.tensors.get(name)!.dtype as WeightDtype;
      assert.equal(outDtype, dtype ?? sftDtype);
      const baseName = base.tensors.has(name) ? name : embeddingName;
      const [theirs, ours, found] = [bitsOf(sft, name), bitsOf(base, baseName), bitsOf(made, name)];
      const width = shape[1] ?? 1;
      assert.equal(found.length, theirs.length);
      for (let i = 0; i < found.length; i++) {
        const [row, column] = [Math.floor(i / width), i % width];
        const whole = matrices.has(name) && (row >= baseSide.vocabSize || kept.includes(row));
        const reset =
          (name.endsWith('up_proj.weight') && (row === 1 || row === 4)) ||
          (name.endsWith('down_proj.weight') && (column === 0 || column === 5));
        const expected = whole
          ? convertedBits(sftDtype as WeightDtype, outDtype, theirs[i]!)
          : reset
            ? convertedBits(baseSide.dtype, outDtype, ours[i]!)
            : fusedBits(sftDtype as WeightDtype, theirs[i]!, ours[i]!, alpha, baseSide.dtype, outDtype);
        assert.equal(found[i], expected, `${name}, row ${row}, column ${column}`);
      }
    }
  }

  for (const alpha of [0, 0.3, 1]) {
    for (const [baseRows, sftRows, kept] of [
      [8, 11, []],
      [11, 8, []],
      [8, 8, [0, 3, 4]],
      [8, 11, [7]],
      [11, 8, [2, 7]],
    ] as const) {
      it(`${baseRows} rows by ${sftRows}, ${kept.length} kept, alpha ${alpha}`, async () => {
        const side = { tied: false, dtype: 'BF16', headBias: true } as const;
        await check({ ...side, vocabSize: baseRows }, { ...side, vocabSize: sftRows }, kept, alpha);
      });
    }
  }

  for (const [baseTied, sftTied] of [
    [true, true],
    [true, false],
    [false, false],
  ] as const) {
    for (const [baseRows, sftRows] of [
      [8, 11],
      [11, 8],
    ] as const) {
      const name = (tied: boolean) => (tied ? 'tied' : 'untied');
      it(`${name(baseTied)}, ${baseRows} rows, by ${name(sftTied)}, ${sftRows} rows`, async () => {
        const base = { vocabSize: baseRows, tied: baseTied, dtype: 'BF16' } as const;
        const sft = { vocabSize: sftRows, tied: sftTied, dtype: 'BF16' } as const;
        await check(base, sft, [1], 0.7, { workers: 2 });
      });
    }
  }

  for (const one of ['BF16', 'F16', 'F32'] as const) {
    for (const other of ['BF16', 'F16', 'F32'] as const) {
      for (const out of ['BF16', 'F16', 'F32', undefined] as const) {
        it(`of ${one} by ${other}, written as ${out ?? 'the SFT has it'}`, async () => {
          const base = { vocabSize: 8, tied: false, dtype: one, headBias: true };
          const sft = { vocabSize: 10, tied: false, dtype: other, headBias: true };
          await check(base, sft, [2], 0.3, { dtype: out, ...(out === 'F32' && { workers: 2 }) });
        });
      }
    }
  }
});
