import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { dtypeBytes, isWeightDtype, type WeightDtype } from '../checkpoint/safetensors/dtype.ts';
import type { OutputDtype } from '../settings/outputDtype.ts';

/* The dtype in which a checkpoint is committed, and what that makes of its size. */

const dtypes: Readonly<Record<OutputDtype, WeightDtype>> = { bf16: 'BF16', f16: 'F16', f32: 'F32' };

/** As weight files name it; undefined: each tensor as the SFT checkpoint has it. */
export function weightDtype(dtype: OutputDtype | undefined): WeightDtype | undefined {
  return dtype && dtypes[dtype];
}

/** Bytes of all tensors, give or take a buffer. */
export function committedBytes({ tensors }: Pick<Checkpoint, 'tensors'>, dtype: OutputDtype | undefined): number {
  const out = weightDtype(dtype);
  return [...tensors.values()].reduce((sum, entry) => {
    const written = out !== undefined && isWeightDtype(entry.dtype) ? out : entry.dtype;
    return sum + (entry.byteLength / dtypeBytes[entry.dtype]) * dtypeBytes[written];
  }, 0);
}
