import { z } from 'zod';

// A near-certain row's entropy and probability leave their range by a rounding error of float32.
const nats = z.number().min(-1e-3);
const probability = z.number().min(0).max(1.001);

/** Means over a set of response rows, as records of several kinds have them; nats, except the probability. */
export const meansSchema = z.strictObject({
  rows: z.int().nonnegative(),
  entropy: nats,
  top1Probability: probability,
  negativeLogLikelihood: nats,
});
