/* Maps numbers to 0…1 for colouring, linearly or logarithmically. */

export const scales = ['log', 'linear'] as const;
export type Scale = (typeof scales)[number];

/** Decades below the largest value that a logarithmic scale tells apart. */
const decades = 6;

/** Maps values ≥ 0 to 0…1, alike for everything that is to be compared. */
export interface ColourScale {
  readonly low: number;
  readonly high: number;
  readonly at: (value: number) => number;
}

/** A scale over all values; those not finite are left out. Logarithmic from the smallest value above 0, six decades at most. */
export function colourScale(values: Iterable<number>, scale: Scale): ColourScale {
  let high = 0;
  let least = Number.POSITIVE_INFINITY;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    if (value > high) high = value;
    if (value > 0 && value < least) least = value;
  }
  if (high === 0) return { low: 0, high: 0, at: () => 0 };
  if (scale === 'linear') return { low: 0, high, at: (value) => Math.min(Math.max(value / high, 0), 1) };
  const low = Math.max(least, high / 10 ** decades);
  const span = Math.log(high / low);
  return {
    low,
    high,
    at: (value) => (value <= low ? 0 : span === 0 ? 1 : Math.min(Math.log(value / low) / span, 1)),
  };
}
