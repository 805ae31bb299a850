import { basename } from 'node:path';
import { elements } from '../../../src/record/arrays/arrays.ts';
import { StagedArrays } from '../../../src/record/arrays/stagedArrays.ts';
import {
  type ComparisonSizes,
  comparisonArraySpecs,
  comparisonSizes,
} from '../../../src/record/comparison/comparisonArrays.ts';
import { idKey, writeComparison } from '../../../src/record/comparison/comparisonFile.ts';
import { comparisonPaths } from '../../../src/record/comparison/comparisonPaths.ts';
import type { ComparisonRecord, DifferenceScalars } from '../../../src/record/comparison/comparisonRecord.ts';

const date = '2026-01-02T03:04:05.678Z';

function difference(size: number, at: number[], scale: number): DifferenceScalars {
  return {
    norm: 3 * scale,
    referenceNorm: 4,
    checkpointNorm: 5,
    relativeNorm: 0.75 * scale,
    maxAbs: 2 * scale,
    maxAbsAt: at,
    mean: 0.1,
    standardDeviation: 0.5,
    excessKurtosis: null,
    cosine: 0.9,
    unchangedShare: 0.5,
    nonFinite: 1,
    quantiles: [0, 0.1, 0.2, 0.3, 0.4],
    histogram: { zero: 1, firstExponent: -4, binsPerOctave: 4, counts: [size - 3, 1] },
    spikes: [{ at, delta: 2 * scale, reference: 1, checkpoint: 1 + 2 * scale }],
  };
}

/** A record of three checkpoints, all pairs, a matrix and a vector, two samples; consistent in every part. */
export function tinyComparison(file = 'tiny.comparison.safetensors'): ComparisonRecord {
  const names = ['base', 'checkpoint-2', 'checkpoint-10'];
  const means = { rows: 5, entropy: 0.5, top1Probability: 0.75, negativeLogLikelihood: 1.25 };
  const list = (scale: number) => [difference(12, [1, 2], scale), difference(4, [3], scale / 2)];
  return {
    schema: 'rejuvenation-comparison',
    version: 3,
    arrays: { file, id: 'an id' },
    program: { name: 'rejuvenation-inspector', version: '0.1.0' },
    created: date,
    seconds: 1.5,
    checkpoints: names.map((name, i) => ({
      name,
      folder: `/models/${name}`,
      ...(i === 0 ? {} : { step: i === 1 ? 2 : 10 }),
      parameters: 16,
      files: [{ name: 'model.safetensors', bytes: 100, modified: date, headerSha256: 'ab'.repeat(32) }],
      configSha256: 'cd'.repeat(32),
      tokenizerSha256: 'ef'.repeat(32),
    })),
    pairs: [
      { reference: 0, checkpoint: 1 },
      { reference: 0, checkpoint: 2 },
      { reference: 1, checkpoint: 2 },
    ],
    tensors: [
      { name: 'model.layers.0.self_attn.v_proj.weight', shape: [3, 4], elements: 12, layer: 0, module: 'v_proj' },
      { name: 'model.norm.weight', shape: [4], elements: 4, module: 'norm' },
    ],
    differences: [list(1), list(2), list(3)],
    output: {
      calibration: { path: '/data/pairs.jsonl', sha256: '01'.repeat(32) },
      device: 'cpu',
      products: 'float32',
      topTokens: 2,
      samples: [
        { line: 1, responses: [{ start: 2, end: 5 }], firstId: 0, tokens: 5, firstRow: 0, rows: 3 },
        { line: 3, responses: [{ start: 1, end: 3 }], firstId: 5, tokens: 3, firstRow: 3, rows: 2 },
      ],
      means: names.map(() => means),
      tokens: { ids: [0, 1, 2, 3, 4], texts: ['a', ' b', '\n', '\u202e', 'e'] },
    },
    notes: ['line 2 was skipped'],
  };
}

/** What the arrays of a comparison hold: in every array its elements' positions, in `_ids` token ids. */
export function tinyArray(name: string, length: number): Float32Array | Int32Array {
  if (name.endsWith('ids')) return Int32Array.from({ length }, (_, i) => i % 5);
  return Float32Array.from({ length }, (_, i) => i / 16);
}

/** Writes a record with all its arrays. */
export async function writeTinyComparison(path: string, change: (record: ComparisonRecord) => void = () => undefined) {
  const paths = comparisonPaths(path);
  const record = tinyComparison(basename(paths.arrays));
  change(record);
  const sizes: ComparisonSizes = comparisonSizes(record);
  const specs = comparisonArraySpecs(sizes);
  const arrays = await StagedArrays.create(paths.arrays, specs, new Map([[idKey, record.arrays.id]]));
  try {
    for (const { name, shape } of [...specs].reverse()) arrays.write(name, tinyArray(name, elements(shape)));
    await writeComparison(path, record, arrays);
  } finally {
    await arrays.discard();
  }
  return record;
}
