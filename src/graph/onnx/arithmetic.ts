/* How a graph computes its matrix products. */

/** How the operands of a graph's matrix products are prepared. */
export interface Arithmetic {
  /** Into parts that tensor cores multiply exactly, one product for each pair that counts; else one product of float32. */
  readonly split: boolean;
  /** In tests and benches alone: operands lose the bits that units of this kind do not take. */
  readonly units?: ProductUnits | undefined;
}

/**
 * What multiplies: TF32's tensor cores, which see ten of the 23 bits of a fraction (`tf32Cut`: the others are cut off;
 * `tf32Rounded`: to nearest), or units for bfloat16, which see seven (to nearest). Sums are float32's, here as there.
 */
export type ProductUnits = 'tf32Cut' | 'tf32Rounded' | 'bfloat16';

export const plainArithmetic: Arithmetic = { split: false };
