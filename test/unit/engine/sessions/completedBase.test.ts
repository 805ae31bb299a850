import assert from 'node:assert/strict';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { embeddingName, headBiasName, headName } from '../../../../src/checkpoint/architecture/tensorNames.ts';
import { openCheckpoint } from '../../../../src/checkpoint/openCheckpoint.ts';
import type { WeightDtype } from '../../../../src/checkpoint/safetensors/dtype.ts';
import { vocabularyCompletion } from '../../../../src/checkpoint/vocabulary/completion.ts';
import { type CompletedCheckpoint, completedCheckpoint } from '../../../../src/checkpoint/vocabulary/vocabularyRows.ts';
import { ModelSessions } from '../../../../src/engine/sessions/modelSessions.ts';
import { weightSpans } from '../../../../src/engine/sessions/weightSpans.ts';
import { measureSamples } from '../../../../src/engine/work/measure.ts';
import type { HeldWeights } from '../../../../src/graph/layers/products/weightMatrix.ts';
import type { SampleMeasures } from '../../../../src/protocol/engine.ts';
import {
  type RandomOptions,
  type Values,
  writeRandom,
  writeValues,
} from '../../checkpoint/vocabulary/randomCheckpoint.ts';

const settings = { device: 'cpu', threads: 1, spinning: false } as const;

/** A base completed row by row, as its definition says, whole matrices written out. */
function completedByHand(
  base: Values,
  sft: Values,
  baseRows: number,
  sftRows: number,
  kept: readonly number[],
): Values {
  const completed = new Map(base);
  for (const name of [embeddingName, headName, headBiasName]) {
    // The head of a tied side is its embedding.
    const of = (side: Values) => side.get(name) ?? (name === headName ? side.get(embeddingName) : undefined);
    const [own, other] = [of(base), of(sft)];
    if (own === undefined || other === undefined) continue;
    const width = own.shape[1] ?? 1;
    const values = new Float64Array(sftRows * width);
    for (let row = 0; row < sftRows; row++) {
      const source = row >= baseRows || kept.includes(row) ? other : own;
      for (let i = 0; i < width; i++) values[row * width + i] = source.values[row * width + i]!;
    }
    completed.set(name, { shape: [sftRows, ...own.shape.slice(1)], values });
  }
  return completed;
}

async function measured(
  checkpoint: CompletedCheckpoint,
  held: HeldWeights,
  ids: readonly number[],
  memoryBytes: number,
): Promise<SampleMeasures[]> {
  const sessions = new ModelSessions(checkpoint, settings, [held]);
  const found: SampleMeasures[] = [];
  const left = [0];
  const nothing = () => {};
  const work = {
    cancelled: () => false,
    planned: nothing,
    note: nothing,
    report: nothing,
    deal: async () => left.splice(0),
  };
  const samples = [{ index: 0, ids: Uint32Array.from(ids), responses: [{ start: 2, end: ids.length }] }];
  try {
    await measureSamples(
      sessions,
      { checkpoint: '', samples, firstSample: 0, topTokens: 3 },
      memoryBytes,
      work,
      async (each) => {
        found.push(each);
      },
    );
  } finally {
    await sessions.release();
  }
  return found;
}

describe('a completed base', () => {
  let folder: string;
  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'completed-')));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  interface Case {
    readonly base: Omit<RandomOptions, 'seed'>;
    readonly sft: Omit<RandomOptions, 'seed'>;
    readonly kept?: readonly number[];
    readonly ids?: readonly number[];
    readonly memoryBytes?: number;
  }

  async function check({ base, sft, kept = [], ids = [1, 2, 3, 4, 5, 0], memoryBytes = 1e9 }: Case, held: HeldWeights) {
    const at = (name: string) => join(folder, name);
    const baseValues = writeRandom(at('base'), { ...base, seed: 1 });
    const sftValues = writeRandom(at('sft'), { ...sft, seed: 2 });
    const hand = completedByHand(baseValues, sftValues, base.vocabSize, sft.vocabSize, kept);
    const dtype: WeightDtype = base.dtype === sft.dtype ? base.dtype : 'F32';
    const tied = !hand.has(headName);
    writeValues(at('hand'), hand, { vocabSize: sft.vocabSize, tied, dtype });
    const completion = vocabularyCompletion(base.vocabSize, sft.vocabSize, kept);
    const completed = completedCheckpoint(
      await openCheckpoint(at('base')),
      await openCheckpoint(at('sft')),
      completion,
    );
    const found = await measured(completed, held, ids, memoryBytes);
    assert.equal(found.length, 1);
    assert.deepEqual(found, await measured(await openCheckpoint(at('hand')), held, ids, memoryBytes));
    return completed;
  }

  for (const held of ['float32', 'cast', 'lookup'] as const) {
    for (const dtype of ['BF16', 'F16', 'F32'] as const) {
      it(`gives the bits of one completed by hand on the disk: ${dtype} held as ${held}`, async () => {
        const base = { vocabSize: 8, tied: false, dtype, headBias: true };
        await check({ base, sft: { ...base, vocabSize: 11 }, kept: [3, 4], ids: [1, 9, 3, 4, 10, 0] }, held);
      });
    }
  }

  for (const baseTied of [true, false]) {
    for (const sftTied of [true, false]) {
      for (const [baseRows, sftRows] of [
        [8, 11],
        [11, 8],
        [8, 8],
      ] as const) {
        const name = (tied: boolean) => (tied ? 'tied' : 'untied');
        it(`${name(baseTied)}, ${baseRows} rows, by ${name(sftTied)}, ${sftRows} rows`, async () => {
          const base = { vocabSize: baseRows, tied: baseTied, dtype: 'BF16' } as const;
          const sft = { vocabSize: sftRows, tied: sftTied, dtype: 'BF16' } as const;
          await check({ base, sft, kept: [2] }, 'float32');
        });
      }
    }
  }

  for (const [one, other] of [
    ['BF16', 'F32'],
    ['F32', 'F16'],
    ['F16', 'BF16'],
  ] as const) {
    it(`of ${one} with rows of ${other}, which no type but float32 holds`, async () => {
      const base = { vocabSize: 8, tied: false, dtype: one, headBias: true };
      const sft = { vocabSize: 10, tied: true, dtype: other, headBias: true };
      await check({ base, sft, kept: [0, 5], ids: [0, 9, 5, 2, 8, 8] }, 'float32');
    });
  }

  it('is cut into blocks like any other, across the rows of both', async () => {
    const base = { vocabSize: 9000, tied: false, dtype: 'BF16' } as const;
    const kept = [4499, 4500, 8999];
    await check(
      { base, sft: { ...base, vocabSize: 9010 }, kept, ids: [1, 9005, 4500, 3, 8999], memoryBytes: 1 },
      'float32',
    );
  });

  it('has its files read ahead from both, and watched in both', async () => {
    const base = { vocabSize: 8, tied: true, dtype: 'BF16' } as const;
    const completed = await check({ base, sft: { ...base, vocabSize: 10 } }, 'float32');
    const spans = weightSpans(completed, { tokens: { from: 6, to: 10 } });
    const head = (side: 'base' | 'sft') =>
      (side === 'base' ? completed : completed.completion!.sft).tensors.get(embeddingName)!;
    assert.deepEqual(spans, [
      { path: join(folder, 'base', 'model.safetensors'), begin: head('base').begin + 6 * 8, byteLength: 2 * 8 },
      { path: join(folder, 'sft', 'model.safetensors'), begin: head('sft').begin + 8 * 8, byteLength: 2 * 8 },
    ]);
    const watched = completed.files.map(({ path }) => path);
    for (const side of ['base', 'sft']) assert.ok(watched.includes(join(folder, side, 'model.safetensors')));
  });
});
