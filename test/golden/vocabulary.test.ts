import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openCheckpoint } from '../../src/checkpoint/openCheckpoint.ts';
import { checkPair, keepingRows } from '../../src/checkpoint/pair.ts';
import type { WeightDtype } from '../../src/checkpoint/safetensors/dtype.ts';
import { readSafetensors } from '../../src/checkpoint/safetensors/safetensorsFile.ts';
import { commitCheckpoint } from '../../src/commit/commit.ts';
import { startEngine } from '../../src/engine/process/client.ts';
import type { Engine } from '../../src/engine/process/engine.ts';
import { predictedResponses } from '../../src/method/responseRows.ts';
import type { SampleMeasures } from '../../src/protocol/engine.ts';
import { fixtures } from '../paths.ts';

interface VocabularyGolden {
  readonly alpha: number;
  readonly kept: readonly number[];
  readonly out: 'bf16' | 'f16' | 'f32';
  readonly samples: readonly {
    readonly index: number;
    readonly ids: readonly number[];
    readonly promptLength: number;
  }[];
  /** Nats, of every response row. */
  readonly base: readonly number[];
  readonly sft: readonly number[];
}

const folder = join(fixtures, 'vocabulary');
const names = readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
  entry.isDirectory() ? [entry.name] : [],
);

describe('pairs whose vocabulary or precision differs, against transformers', () => {
  let engine: Engine;
  before(async () => {
    engine = await startEngine({ device: 'cpu', memoryBytes: 2 ** 31 });
  });
  after(() => engine.dispose());

  async function entropies(checkpoint: string, golden: VocabularyGolden, completion?: string): Promise<number[]> {
    const found: SampleMeasures[] = [];
    const samples = golden.samples.map(({ index, promptLength, ids }) => ({
      index,
      ids: Uint32Array.from(ids),
      responses: predictedResponses([{ start: promptLength, end: ids.length }], ids.length),
    }));
    const completed = completion === undefined ? {} : { completion: { checkpoint: completion, kept: golden.kept } };
    await engine.measure(
      { checkpoint, ...completed, samples, firstSample: 0, topTokens: 5 },
      { onSample: (measures) => found.push(measures) },
    );
    return found.flatMap(({ entropy }) => [...entropy]);
  }

  it('are there', () => assert.equal(names.length, 4));

  for (const name of names) {
    const [base, sft] = [join(folder, name, 'base'), join(folder, name, 'sft')];
    const golden = JSON.parse(readFileSync(join(folder, name, 'golden.json'), 'utf8')) as VocabularyGolden;

    it(`${name}: entropies of the completed base and of the SFT`, async () => {
      for (const [expected, found] of [
        [golden.base, await entropies(base, golden, sft)],
        [golden.sft, await entropies(sft, golden)],
      ] as const) {
        assert.equal(found.length, expected.length);
        for (const [row, entropy] of found.entries()) {
          assert.ok(Math.abs(entropy - expected[row]!) < 2e-5, `row ${row}: ${entropy} and ${expected[row]}`);
        }
      }
    });

    it(`${name}: every fused tensor, bit for bit`, async () => {
      const out = join(mkdtempSync(join(tmpdir(), 'fused-')), 'out');
      try {
        const pair = keepingRows(await checkPair(await openCheckpoint(base), await openCheckpoint(sft)), golden.kept);
        const dtype = golden.out.toUpperCase() as WeightDtype;
        const options = { pair, alpha: golden.alpha, dtype, resetSet: new Map(), out, overwrite: false };
        await commitCheckpoint({ ...options, manifest: () => ({}) });
        const [found, expected] = [
          await readSafetensors(join(out, 'model.safetensors')),
          await readSafetensors(join(folder, name, 'fused.safetensors')),
        ];
        assert.deepEqual([...found.keys()].sort(), [...expected.keys()].sort());
        for (const [tensor, { dtype: type, shape, data }] of expected) {
          const other = found.get(tensor)!;
          assert.deepEqual([other.dtype, other.shape], [type, shape], tensor);
          assert.ok(Buffer.from(other.data).equals(data), tensor);
        }
      } finally {
        rmSync(join(out, '..'), { recursive: true });
      }
    });
  }
});
