/** Dtypes in which all weights of a committed checkpoint can be written. */
export const outputDtypes = ['bf16', 'f16', 'f32'] as const;
export type OutputDtype = (typeof outputDtypes)[number];
