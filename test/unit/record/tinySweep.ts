import type { MeasuredPoint, SweepRecord } from '../../../src/record/sweep/sweepRecord.ts';

const means = (rows: number, entropy: number, nll: number) => ({
  rows,
  entropy,
  top1Probability: 0.75,
  negativeLogLikelihood: nll,
});

/** A point with made-up measures. */
export function tinyPoint(
  alpha: number,
  rho: number,
  entropy: number,
  nll: number,
  more: Partial<MeasuredPoint> = {},
): MeasuredPoint {
  const neurons = Math.round(1000 * rho);
  return {
    ...{ alpha, rho, selection: rho === 0 ? 'none' : 'attribution', seed: null, anchor: null },
    ...{ neurons, neuronRatio: neurons / 500, sampled: null, seconds: 0.5 },
    ...{
      all: means(8, entropy / 2, nll),
      targets: means(4, entropy, nll + 1),
      heldOut: means(3, entropy / 3, nll + 0.1),
    },
    ...more,
  };
}

/** A sweep of two alphas with every kind of control; the point in the middle is the default. */
export function tinySweep(): SweepRecord {
  const sampled = { prompts: 10, samples: 8, temperature: 1, passAt1: 0.25, passAtK: 0.5, k: 8, entropy: 1.5 };
  return {
    schema: 'rejuvenation-sweep',
    version: 1,
    program: { name: 'rejuvenation-inspector', version: '0.1.0' },
    created: '2026-01-02T03:04:05.678Z',
    run: { record: '/runs/a.rejuvenation.json', sha256: 'ab'.repeat(32), alpha: 0.5, rho: 0.01, neurons: 500 },
    engine: {
      ...{ device: 'cpu', runtimeVersion: '1.30.0', products: 'float32', memoryBytes: 0, processes: 0, threads: 0 },
      ...{ weights: 'auto', precision: 'exact', held: 'float32' },
    },
    anchors: [
      {
        folder: '/models/early',
        files: [{ name: 'model.safetensors', bytes: 100, modified: '2026-01-02T03:04:05.678Z' }],
      },
    ],
    references: [
      { name: 'base', all: means(8, 2, 3), targets: means(4, 3, 3), heldOut: means(3, 2, 3) },
      { name: 'sft', all: means(8, 0.1, 0.2), targets: means(4, 0.2, 0.2), heldOut: means(3, 0.1, 0.2) },
    ],
    points: [
      tinyPoint(0.4, 0, 1, 0.9),
      tinyPoint(0.5, 0, 0.8, 0.5),
      tinyPoint(0.5, 0.01, 1.5, 0.8, { sampled }),
      tinyPoint(0.5, 0.02, 1.9, 1.4),
      tinyPoint(0.5, 0.01, 1.2, 0.8, { selection: 'drift' }),
      tinyPoint(0.5, 0.01, 1.1, 0.9, { selection: 'random', seed: 0 }),
      tinyPoint(0.5, 0.01, 0.7, 0.4, { anchor: 0 }),
    ],
    notes: [],
  };
}
