import type { DifferenceScalars } from '../../../src/record/comparison/comparisonRecord.ts';
import { spectrumFigures } from '../../../src/record/comparison/tensors/spectrum.ts';

/* The statistics that a map of change can show. */

/** How a statistic of a tensor's change is read, named and coloured. */
export interface Statistic {
  readonly title: string;
  /** What it is, for those who hover. */
  readonly hint: string;
  /** Undefined where the statistic has no value, such as 0/0. */
  readonly value: (difference: DifferenceScalars, shape: readonly number[]) => number | undefined;
}

const quantile =
  (position: number) =>
  ({ quantiles }: DifferenceScalars) =>
    quantiles[position];

/** Statistics of the map, by name. */
export const statistics = {
  relativeNorm: {
    title: 'relative change',
    hint: '‖Δ‖ / ‖W‖: norm of the change by the norm of the reference',
    value: ({ relativeNorm }) => relativeNorm ?? undefined,
  },
  norm: { title: 'norm of the change', hint: 'Frobenius norm ‖Δ‖', value: ({ norm }) => norm },
  maxAbs: { title: 'largest change', hint: 'max |Δ| of all elements', value: ({ maxAbs }) => maxAbs },
  spikiness: {
    title: 'max |Δ| / RMS',
    hint: 'how far the largest change stands out of the others',
    value: ({ maxAbs, norm, standardDeviation, mean }) => {
      const rootMeanSquare = Math.hypot(standardDeviation, mean);
      return norm === 0 || rootMeanSquare === 0 ? undefined : maxAbs / rootMeanSquare;
    },
  },
  excessKurtosis: {
    title: 'excess kurtosis',
    hint: 'spikiness of Δ: 0 for a Gaussian, large where few elements change much',
    value: ({ excessKurtosis }) => excessKurtosis ?? undefined,
  },
  standardDeviation: {
    title: 'standard deviation',
    hint: 'of Δ',
    value: ({ standardDeviation }) => standardDeviation,
  },
  angle: {
    title: '1 − cosine',
    hint: 'change of direction of the weights as one vector',
    // Rounding can leave a cosine a hair above 1.
    value: ({ cosine }) => (cosine === null ? undefined : Math.max(1 - cosine, 0)),
  },
  unchanged: {
    title: 'unchanged share',
    hint: 'share of elements with the same value on both sides',
    value: ({ unchangedShare }) => unchangedShare,
  },
  signFlips: {
    title: 'sign flips',
    hint: 'share of elements above 0 on one side and below 0 on the other',
    value: ({ signFlipShare }) => signFlipShare,
  },
  stableRank: {
    title: 'stable rank',
    hint: '‖Δ‖² / σ₁²: 1 where one direction is all that changed; needs spectra (diff --spectrum)',
    value: (difference, shape) => spectrumFigures(difference, shape)?.stableRank,
  },
  noiseShare: {
    title: 'stable rank by that of noise',
    hint: '1 where the change is like noise, small where it is structure; needs spectra (diff --spectrum)',
    value: (difference, shape) => {
      const figures = spectrumFigures(difference, shape);
      return figures && figures.stableRank / figures.noiseStableRank;
    },
  },
  topShare: {
    title: 'top 8 singular values’ share',
    hint: 'share of ‖Δ‖² that the eight largest singular values hold; needs spectra (diff --spectrum)',
    value: (difference, shape) => spectrumFigures(difference, shape)?.topShare,
  },
  median: { title: 'median |Δ|', hint: 'half of the elements changed less', value: quantile(0) },
  q99: { title: '99 % quantile of |Δ|', hint: '99 % of the elements changed less', value: quantile(2) },
  q9999: { title: '99.99 % quantile of |Δ|', hint: '99.99 % of the elements changed less', value: quantile(4) },
} as const satisfies Readonly<Record<string, Statistic>>;

export type StatisticName = keyof typeof statistics;
export const statisticNames = Object.keys(statistics) as readonly StatisticName[];
