import type { Precision } from '../../settings/precision.ts';
import { cudaRuntimeEnvironment } from './cudaRuntime/runtimePlace.ts';

/* The environment variables of an engine process that computes on CUDA. */

/** Environment variable of NVIDIA's libraries: at `0` no product of float32 is done in TF32. */
const tensorFloat = 'NVIDIA_TF32_OVERRIDE';

/**
 * The environment of a process that computes on CUDA: the installed CUDA runtime, and whether products of float32 may be
 * done in TF32. Left alone, ONNX Runtime has GPUs from Ampere on do so (https://github.com/microsoft/onnxruntime/pull/19357);
 * its option `use_tf32`, of a whole session too, is not among those that onnxruntime-node 1.30.0 passes on. What the user's
 * own environment says would make a record say one thing and mean another: the precision asked for decides.
 * @returns undefined: not set in the process, whatever the host has
 */
export function cudaEnvironment(precision: Precision = 'float32'): Readonly<Record<string, string | undefined>> {
  return { [tensorFloat]: precision === 'float32' ? '0' : undefined, ...cudaRuntimeEnvironment() };
}
