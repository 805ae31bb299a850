import type { WeightDtype } from '../../../checkpoint/safetensors/dtype.ts';

/* The grid that stored weights lie on, which their changes lie on too: why a histogram of changes has teeth. */

/** Bits of fraction, and the least exponent of a number whose first bit is stored nowhere. */
const formats = {
  BF16: { name: 'bfloat16', fraction: 7, least: -126 },
  F16: { name: 'float16', fraction: 10, least: -14 },
  F32: { name: 'float32', fraction: 23, least: -126 },
} as const satisfies Record<WeightDtype, unknown>;

/** Distance of neighbouring numbers of a format around a weight's size: from a power of two up to the next. */
export interface RoundingStep {
  readonly format: string;
  readonly step: number;
  /** Sizes `[from, 2 · from)` have this step. */
  readonly from: number;
}

/**
 * The step of weights as large as `size`, where both sides are stored alike in 16 bits; undefined elsewhere: float32's
 * steps are too fine to be seen.
 */
export function roundingStep(
  reference: WeightDtype | undefined,
  checkpoint: WeightDtype | undefined,
  size: number,
): RoundingStep | undefined {
  if (reference === undefined || reference !== checkpoint || reference === 'F32' || !(size > 0)) return undefined;
  const { name, fraction, least } = formats[reference];
  const exponent = Math.max(Math.floor(Math.log2(size)), least);
  return { format: name, step: 2 ** (exponent - fraction), from: 2 ** exponent };
}
