/** Element types of the safetensors format that this project reads (https://huggingface.co/docs/safetensors). */
export const dtypeBytes = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U64: 8,
  U32: 4,
  U16: 2,
  U8: 1,
  BOOL: 1,
} as const;

export type Dtype = keyof typeof dtypeBytes;

/** The dtypes a weight may have; all of them are fused in float32. */
export const weightDtypes = ['BF16', 'F16', 'F32'] as const;
export type WeightDtype = (typeof weightDtypes)[number];

export function isWeightDtype(dtype: Dtype): dtype is WeightDtype {
  return (weightDtypes as readonly Dtype[]).includes(dtype);
}
