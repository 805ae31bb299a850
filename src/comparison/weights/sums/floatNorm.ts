/* Norms as float32: what is too large for one becomes the largest there is. */

const largestFloat = (2 - 2 ** -23) * 2 ** 127;

/** A magnitude for a Float32Array: what is too large for a float32 becomes the largest. */
export function saturated(magnitude: number): number {
  return Math.min(magnitude, largestFloat);
}

/** Norm from a sum of squares, for a Float32Array. */
export function floatNorm(squares: number): number {
  return saturated(Math.sqrt(squares));
}

/** Norms of sums of squares. */
export function floatNorms(sums: Float64Array): Float32Array {
  const norms = new Float32Array(sums.length);
  for (let i = 0; i < sums.length; i++) norms[i] = floatNorm(sums[i]!);
  return norms;
}
