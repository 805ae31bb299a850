import type { Precision } from '../../settings/precision.ts';
import { type CudaSurvey, filesToOpen, surveyCuda } from './cudaLibraries/findCudaLibraries.ts';
import { cudaRuntimeEnvironment, providerFolder } from './cudaRuntime/runtimePlace.ts';
import { librariesVariable } from './preload.ts';

/* The environment variables of an engine process that computes on CUDA. */

/** Environment variable of NVIDIA's libraries: at `0` no product of float32 is done in TF32. */
const tensorFloat = 'NVIDIA_TF32_OVERRIDE';

/** What the provider of this ONNX Runtime needs, and where it is; undefined where there is no provider, or none that can be read. */
export async function cudaSurvey(signal?: AbortSignal): Promise<CudaSurvey | undefined> {
  const folder = providerFolder();
  // What is wrong with it the engine process says, when it tries the device.
  return folder === undefined ? undefined : surveyCuda(folder, process.env, signal).catch(() => undefined);
}

/**
 * The environment of a process that computes on CUDA: the installed CUDA runtime, CUDA's libraries where they were found, and
 * whether products of float32 may be done in TF32. Left alone, ONNX Runtime has GPUs from Ampere on do so
 * (https://github.com/microsoft/onnxruntime/pull/19357); its option `use_tf32`, of a whole session too, is not among those that
 * onnxruntime-node 1.30.0 passes on. What the user's own environment says would make a record say one thing and mean another: the
 * precision asked for decides.
 *
 * @param survey of this machine, where it was made already
 * @returns undefined: not set in the process, whatever the host has
 */
export async function cudaEnvironment(
  precision: Precision = 'float32',
  survey: CudaSurvey | Promise<CudaSurvey | undefined> | undefined = cudaSurvey(),
): Promise<Readonly<Record<string, string | undefined>>> {
  const files = filesToOpen((await survey)?.libraries ?? []);
  return {
    [tensorFloat]: precision === 'float32' ? '0' : undefined,
    ...cudaRuntimeEnvironment(),
    ...(files.length > 0 && { [librariesVariable]: JSON.stringify(files) }),
  };
}
