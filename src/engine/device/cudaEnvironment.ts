import { cudaRuntimeEnvironment } from './cudaRuntime/runtimePlace.ts';

/* The environment variables of an engine process that computes on CUDA. */

/** Environment variable of NVIDIA's libraries: whether float32 products may be done in TF32. */
const tensorFloat = 'NVIDIA_TF32_OVERRIDE';

/**
 * The environment of a process that computes on CUDA: the installed CUDA runtime, and float32 products in float32. Left
 * alone, ONNX Runtime has GPUs from Ampere on do them in TF32, with 10 bits of fraction instead of 23
 * (https://github.com/microsoft/onnxruntime/pull/19357); its option `use_tf32` is not among those that onnxruntime-node 1.30.0
 * passes on. Whoever sets the variable keeps what they set.
 */
export function cudaEnvironment(): Readonly<Record<string, string>> {
  return { [tensorFloat]: process.env[tensorFloat] ?? '0', ...cudaRuntimeEnvironment() };
}
