import type { PowerSums } from '../../../kernels/diffSums.ts';

/* Mean, deviation and kurtosis of changes, and how those of two sets are joined. */

/** Count, mean, and sums of the second to fourth power of what is off the mean. */
export interface Moments {
  readonly count: number;
  readonly mean: number;
  readonly second: number;
  readonly third: number;
  readonly fourth: number;
}

export const noMoments: Moments = { count: 0, mean: 0, second: 0, third: 0, fourth: 0 };

/** Moments from power sums around any `middle`; digits are lost as the mean lies far from it, in deviations. */
export function momentsAround(count: number, middle: number, powers: PowerSums['powers']): Moments {
  if (count === 0) return noMoments;
  const [s1, s2, s3, s4] = powers;
  const off = s1 / count;
  return {
    count,
    mean: middle + off,
    second: Math.max(0, s2 - off * s1),
    third: s3 - 3 * off * s2 + 2 * off * off * s1,
    fourth: Math.max(0, s4 - 4 * off * s3 + 6 * off ** 2 * s2 - 3 * off ** 3 * s1),
  };
}

/** Moments of two sets together (Pébay, "Formulas for robust, one-pass parallel computation …", SAND2008-6212, 2.1 and 3.1). */
export function mergeMoments(a: Moments, b: Moments): Moments {
  if (a.count === 0) return b;
  if (b.count === 0) return a;
  const count = a.count + b.count;
  const [pa, pb] = [a.count / count, b.count / count];
  const gap = b.mean - a.mean;
  // a.count · b.count / count
  const weight = pa * b.count;
  return {
    count,
    mean: a.mean + gap * pb,
    second: a.second + b.second + gap ** 2 * weight,
    third: a.third + b.third + gap ** 3 * weight * (pa - pb) + 3 * gap * (pa * b.second - pb * a.second),
    fourth:
      a.fourth +
      b.fourth +
      gap ** 4 * weight * (pa ** 2 - pa * pb + pb ** 2) +
      6 * gap ** 2 * (pa ** 2 * b.second + pb ** 2 * a.second) +
      4 * gap * (pa * b.third - pb * a.third),
  };
}

export function standardDeviation({ count, second }: Moments): number {
  return count === 0 ? 0 : Math.sqrt(second / count);
}

/**
 * `m4 / m2² - 3`: 0 for a normal distribution. Null where the deviation is not above 2^-40 of the mean: what is left
 * of it then is rounding.
 */
export function excessKurtosis(moments: Moments): number | null {
  const { count, mean, second, fourth } = moments;
  if (second === 0 || standardDeviation(moments) <= Math.abs(mean) * 2 ** -40) return null;
  // In this order, since the square of a small sum may be too small for a float64.
  return (fourth / second / second) * count - 3;
}
