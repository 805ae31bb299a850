/* The sweep that the inspector's figures are drawn from. */
import { readRecord } from '../../../src/record/run/recordFile.ts';
import { runIdentity } from '../../../src/record/run/runIdentity.ts';
import { writeSweep } from '../../../src/record/sweep/sweepFile.ts';
import type { MeasuredPoint, SweepRecord } from '../../../src/record/sweep/sweepRecord.ts';
import { sweepPathFor } from '../../../src/run/sweep/runSweeps.ts';
import { tinySweep } from '../../unit/record/tinySweep.ts';

/** How much of the entropy each choice of neurons gets for its cost. */
const gains: Readonly<Record<MeasuredPoint['selection'], number>> = {
  attribution: 1,
  none: 1,
  drift: 0.72,
  random: 0.6,
};

function point(alpha: number, rho: number, selection: MeasuredPoint['selection'], seed: number | null): MeasuredPoint {
  const distance = (1 - alpha) ** 2;
  const reset = 1 - Math.exp(-60 * rho);
  const entropy = 0.4 + 1.5 * distance + gains[selection] * 1.8 * reset * (0.4 + distance) + 0.03 * (seed ?? 0);
  const loss = 0.3 + 1.4 * distance + 0.7 * reset + (selection === 'attribution' ? 0 : 0.05 * reset);
  const neurons = Math.round(672 * Math.min(1, 4 * rho));
  const means = (rows: number, share: number, nll: number) => ({
    ...{ rows, entropy: share * entropy, negativeLogLikelihood: nll },
    top1Probability: Math.exp(-share * entropy),
  });
  return {
    ...{ alpha, rho, selection, seed, anchor: null, neurons, neuronRatio: neurons / 672, seconds: 0.5 },
    ...{ all: means(63, 0.6, loss), targets: means(24, 1, loss + 0.2), heldOut: means(20, 0.5, loss + 0.1) },
    sampled: {
      ...{ prompts: 20, samples: 8, temperature: 1, k: 8, entropy: 0.8 * entropy },
      ...{ passAt1: Math.max(0.02, 0.62 - 0.3 * loss), passAtK: Math.min(0.9, 0.55 + 0.12 * entropy) },
    },
  };
}

/** Five alphas and six rhos, with random neurons and drift at one of them. */
function points(): MeasuredPoint[] {
  const rhos = [0.001, 0.005, 0.01, 0.02, 0.04];
  return [0.4, 0.45, 0.5, 0.55, 0.6].flatMap((alpha) => [
    point(alpha, 0, 'none', null),
    ...rhos.map((rho) => point(alpha, rho, 'attribution', null)),
    ...(alpha === 0.5 ? rhos.map((rho) => point(alpha, rho, 'drift', null)) : []),
    ...(alpha === 0.5 ? [0, 1].flatMap((seed) => rhos.map((rho) => point(alpha, rho, 'random', seed))) : []),
  ]);
}

/** Writes a sweep of the gallery's run beside its record. */
export async function writeGallerySweep(record: string): Promise<void> {
  const open = await readRecord(record);
  const { alpha, rho } = open.record.settings;
  const references: SweepRecord['references'] = [
    { name: 'base', ...point(0, 0, 'none', null) },
    { name: 'sft', ...point(1, 0, 'none', null) },
  ].map(({ name, all, targets, heldOut }) => ({ name, all, targets, ...(heldOut && { heldOut }) }));
  const sweep: SweepRecord = {
    ...tinySweep(),
    run: { record, sha256: runIdentity(open), alpha, rho, neurons: 672 },
    ...{ anchors: [], references, points: points() },
  };
  await writeSweep(sweepPathFor(record), sweep, true);
}
