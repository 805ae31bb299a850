import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Checkpoint } from '../../../../src/checkpoint/checkpoint.ts';
import { openCheckpoint } from '../../../../src/checkpoint/openCheckpoint.ts';
import { differTensors } from '../../../../src/comparison/weights/differTensors.ts';
import { readTensorWindow } from '../../../../src/comparison/weights/tensorWindow.ts';
import {
  quantileError,
  quantileShares,
  type TensorDifference,
} from '../../../../src/record/comparison/tensors/tensorDifference.ts';
import { fixtures, sampleFolder } from '../../../paths.ts';
import { rawCheckpoint } from './rawCheckpoint.ts';

/** What NumPy says: see makeGolden.py beside the file. */
interface Golden {
  readonly shape: number[];
  readonly nonFinite: number;
  readonly norm: number;
  readonly referenceNorm: number;
  readonly checkpointNorm: number;
  readonly relativeNorm: number | null;
  readonly maxAbs: number;
  readonly maxAbsAt: number[];
  readonly mean: number;
  readonly standardDeviation: number;
  readonly excessKurtosis: number | null;
  readonly cosine: number | null;
  readonly unchanged: number;
  readonly zero: number;
  readonly quantiles: number[];
  readonly octaves: Readonly<Record<string, number>>;
  /** Coordinates, delta, reference, checkpoint. */
  readonly spikes: number[][];
}

interface Goldens {
  readonly made: Readonly<Record<string, Golden>>;
  readonly sample: readonly { readonly pair: [number, number]; readonly tensors: Readonly<Record<string, Golden>> }[];
}

const folder = join(fixtures, 'diff');
const goldens = JSON.parse(readFileSync(join(folder, 'golden.json'), 'utf8')) as Goldens;

function near(actual: number | null, expected: number | null, tolerance: number, what: string): void {
  const within = actual === null || expected === null ? actual === expected : Math.abs(actual - expected) <= tolerance;
  assert.ok(within, `${what}: ${actual} is not ${expected}`);
}

function nearRelatively(actual: number | null, expected: number | null, tolerance: number, what: string): void {
  near(actual, expected, tolerance * Math.abs(expected ?? 0), what);
}

/** `[exponent, count]` of each octave that holds any. */
function octavesOf({ histogram }: TensorDifference): [number, number][] {
  const { firstExponent, binsPerOctave, counts } = histogram;
  const sums = new Map<number, number>();
  for (const [i, count] of counts.entries()) {
    const exponent = firstExponent + Math.floor(i / binsPerOctave);
    if (count > 0) sums.set(exponent, (sums.get(exponent) ?? 0) + count);
  }
  return [...sums];
}

/** As tensorDifference.ts states it. */
function quantileTolerance(expected: number): number {
  if (expected === 0) return 0;
  return expected < 2 ** -126 ? 2 ** -134 : expected < 2 ** 128 ? expected * quantileError : expected;
}

function check(found: TensorDifference, golden: Golden): void {
  const { name } = found;
  const is = (key: string) => `${name}: ${key}`;
  const elements = golden.shape.reduce((product, size) => product * size, 1);
  assert.deepEqual(found.shape, golden.shape, is('shape'));
  assert.equal(found.elements, elements, is('elements'));
  assert.equal(found.nonFinite, golden.nonFinite, is('nonFinite'));
  for (const key of ['norm', 'referenceNorm', 'checkpointNorm', 'relativeNorm', 'standardDeviation'] as const) {
    nearRelatively(found[key], golden[key], 1e-12, is(key));
  }
  // The excess is what is left of a difference.
  near(found.excessKurtosis, golden.excessKurtosis, 1e-12 * (3 + Math.abs(golden.excessKurtosis ?? 0)), is('kurtosis'));
  near(found.mean, golden.mean, (1e-12 * golden.norm) / Math.sqrt(Math.max(1, elements)), is('mean'));
  near(found.cosine, golden.cosine, 1e-12, is('cosine'));
  assert.equal(found.maxAbs, golden.maxAbs, is('maxAbs'));
  assert.deepEqual(found.maxAbsAt, golden.maxAbsAt, is('maxAbsAt'));
  assert.equal(found.unchangedShare, elements === 0 ? 0 : golden.unchanged / elements, is('unchangedShare'));
  assert.deepEqual(
    found.spikes.map(({ at, delta, reference, checkpoint }) => [...at, delta, reference, checkpoint]),
    golden.spikes,
    is('spikes'),
  );
  for (const [i, { share, value }] of found.quantiles.entries()) {
    assert.equal(share, quantileShares[i]);
    const expected = golden.quantiles[i]!;
    near(value, expected, quantileTolerance(expected), is(`quantile ${share}`));
  }
  assert.equal(found.histogram.zero, golden.zero, is('zeros'));
  const octaves = new Map<number, number>();
  for (const [exponent, count] of Object.entries(golden.octaves)) {
    const octave = Math.max(-134, Number(exponent));
    octaves.set(octave, (octaves.get(octave) ?? 0) + count);
  }
  assert.deepEqual(
    octavesOf(found),
    [...octaves].sort(([a], [b]) => a - b),
    is('octaves'),
  );
}

/** Differences by name, a map each pair. */
async function differ(
  checkpoints: readonly Checkpoint[],
  pairs: readonly { readonly reference: number; readonly checkpoint: number }[],
  workers?: number,
): Promise<Map<string, TensorDifference>[]> {
  const found = pairs.map(() => new Map<string, TensorDifference>());
  await differTensors(checkpoints, pairs, {
    workers,
    onDifference: (pair, difference) => found[pair]!.set(difference.name, difference),
  });
  return found;
}

describe('differences of tensors', () => {
  let made: Map<string, TensorDifference>;
  let arrays: Checkpoint;
  before(async () => {
    const sides = ['reference', 'checkpoint'].map((side) => rawCheckpoint(join(folder, `${side}.safetensors`)));
    [made] = (await differ(await Promise.all(sides), [{ reference: 0, checkpoint: 1 }])) as [typeof made];
    arrays = await rawCheckpoint(join(folder, 'golden.safetensors'));
  });

  it('are told of every tensor', () => {
    assert.deepEqual([...made.keys()].sort(), Object.keys(goldens.made).sort());
  });

  for (const [name, golden] of Object.entries(goldens.made)) {
    it(`equal NumPy's: ${name}`, async () => {
      const found = made.get(name)!;
      check(found, golden);
      if (found.elements === 0) return;
      const columns = found.shape.length < 2 ? found.elements : found.elements / found.shape[0]!;
      assert.deepEqual(
        [found.map.rows, found.map.columns],
        [Math.min(256, found.elements / columns), Math.min(256, columns)],
      );
      for (const [key, values] of [
        ['row_norms', found.rowNorms],
        ['column_norms', found.columnNorms],
        ['map', found.map.values],
      ] as const) {
        const bounds = { rowStart: 0, rowEnd: 1e9, columnStart: 0, columnEnd: 1e9 };
        const expected = await readTensorWindow(arrays, `${name}.${key}`, bounds);
        assert.equal(values.length, expected.length, key);
        // To a float32's last place, among subnormals too.
        for (const [i, value] of values.entries()) {
          near(value, expected[i]!, Math.max(expected[i]! * 1.2e-7, 2 ** -149), `${name} ${key} ${i}`);
        }
      }
    });
  }

  it("equal NumPy's on the sample, all pairs in one pass", async () => {
    const folders = ['base', 'sft-mod', 'sft-over'].map((side) => join(sampleFolder, side));
    const checkpoints = await Promise.all(folders.map((folder) => openCheckpoint(folder)));
    const pairs = goldens.sample.map(({ pair: [reference, checkpoint] }) => ({ reference, checkpoint }));
    const found = await differ(checkpoints, pairs);
    for (const [pair, { tensors }] of goldens.sample.entries()) {
      assert.deepEqual([...found[pair]!.keys()].sort(), Object.keys(tensors));
      for (const [name, golden] of Object.entries(tensors)) check(found[pair]!.get(name)!, golden);
    }
  });
});
