/* How precise matrix products are to be, and how they are computed for it. */

/**
 * What may be asked of matrix products on a device that has tensor cores for TF32 (CUDA); elsewhere they are float32.
 * - `exact`: on tensor cores, operands split into parts that TF32 holds exactly: float32's accuracy.
 * - `float32`: without tensor cores.
 * - `tf32`: on tensor cores as they are: ten bits of each operand's fraction count.
 */
export const precisions = ['exact', 'float32', 'tf32'] as const;
export type Precision = (typeof precisions)[number];

/** How products are computed in the end: `exact` is `split` where there are tensor cores, and `float32` where not. */
export const productForms = ['float32', 'split', 'tf32'] as const;
export type ProductForm = (typeof productForms)[number];
