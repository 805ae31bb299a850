import type { DifferenceScalars } from '../comparisonRecord.ts';
import type { TensorDifference } from './tensorDifference.ts';

/** What a record's JSON half keeps of a tensor's difference; profiles and map go into its arrays. */
export function differenceScalars(difference: TensorDifference): DifferenceScalars {
  const { norm, referenceNorm, checkpointNorm, relativeNorm, maxAbs, mean, standardDeviation } = difference;
  const { excessKurtosis, cosine, unchangedShare, signFlipShare, nonFinite, quantiles, histogram, spikes, maxAbsAt } =
    difference;
  const { zero, firstExponent, binsPerOctave, counts } = histogram;
  return {
    norm,
    referenceNorm,
    checkpointNorm,
    relativeNorm,
    maxAbs,
    maxAbsAt: [...maxAbsAt],
    mean,
    standardDeviation,
    excessKurtosis,
    cosine,
    unchangedShare,
    signFlipShare,
    nonFinite,
    quantiles: quantiles.map(({ value }) => value),
    histogram: { zero, firstExponent, binsPerOctave, counts: [...counts] },
    spikes: spikes.map(({ at, delta, reference, checkpoint }) => ({ at: [...at], delta, reference, checkpoint })),
  };
}
