import { EntropyHistogram } from './statistics/entropyHistogram.ts';

/* Teacher-forced figures: how sure a checkpoint is of written responses, and how well it predicts them. */

/** A row is confident when its most likely token has more than this probability. */
export const confidentAbove = 0.99;
/** As the measures have it: float32. */
const limit = Math.fround(confidentAbove);

/** One sample's measures, `[rows]` each: those of the engine. */
export interface MeasuredRows {
  readonly entropy: Float32Array;
  readonly top1Probability: Float32Array;
  readonly negativeLogLikelihood: Float32Array;
}

/** Means over all response rows of a set of samples. */
export interface TeacherForced {
  readonly rows: number;
  /** Nats. */
  readonly entropy: number;
  /** Nats. */
  readonly negativeLogLikelihood: number;
  readonly top1Probability: number;
  /** Share of the rows whose most likely token has a probability above 0.99. */
  readonly confident: number;
  /** `[bins]` rows by their entropy. */
  readonly entropyCounts: readonly number[];
}

/** @param samples in the calibration's order: sums in another order have other last bits than `verify`'s */
export function teacherForced(samples: readonly MeasuredRows[]): TeacherForced {
  let rows = 0;
  const sums = { entropy: 0, top1Probability: 0, negativeLogLikelihood: 0 };
  let confident = 0;
  const histogram = new EntropyHistogram();
  for (const sample of samples) {
    rows += sample.entropy.length;
    histogram.add(sample.entropy);
    for (const key of ['entropy', 'top1Probability', 'negativeLogLikelihood'] as const) {
      for (const value of sample[key]) sums[key] += value;
    }
    for (const probability of sample.top1Probability) if (probability > limit) confident++;
  }
  const mean = (sum: number) => (rows === 0 ? 0 : sum / rows);
  return {
    rows,
    entropy: mean(sums.entropy),
    negativeLogLikelihood: mean(sums.negativeLogLikelihood),
    top1Probability: mean(sums.top1Probability),
    confident: mean(confident),
    entropyCounts: histogram.counts,
  };
}
