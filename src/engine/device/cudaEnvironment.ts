import { type CudaSurvey, filesToOpen, surveyCuda } from './cudaLibraries/findCudaLibraries.ts';
import { cudaRuntimeEnvironment, providerFolder } from './cudaRuntime/runtimePlace.ts';
import { librariesVariable } from './preload.ts';

/* The environment variables of an engine process that computes on CUDA. */

/** Environment variable of NVIDIA's libraries: whether float32 products may be done in TF32. */
const tensorFloat = 'NVIDIA_TF32_OVERRIDE';

/** What the provider of this ONNX Runtime needs, and where it is; undefined where there is no provider, or none that can be read. */
export async function cudaSurvey(signal?: AbortSignal): Promise<CudaSurvey | undefined> {
  const folder = providerFolder();
  // What is wrong with it the engine process says, when it tries the device.
  return folder === undefined ? undefined : surveyCuda(folder, process.env, signal).catch(() => undefined);
}

/**
 * The environment of a process that computes on CUDA: the installed CUDA runtime, CUDA's libraries where they were found, and
 * float32 products in float32. Left alone, ONNX Runtime has GPUs from Ampere on do them in TF32, with 10 bits of fraction
 * instead of 23 (https://github.com/microsoft/onnxruntime/pull/19357); its option `use_tf32` is not among those that
 * onnxruntime-node 1.30.0 passes on. Whoever sets the variable keeps what they set.
 *
 * @param survey of this machine, where it was made already
 */
export async function cudaEnvironment(
  survey: CudaSurvey | Promise<CudaSurvey | undefined> | undefined = cudaSurvey(),
): Promise<Readonly<Record<string, string>>> {
  const files = filesToOpen((await survey)?.libraries ?? []);
  return {
    [tensorFloat]: process.env[tensorFloat] ?? '0',
    ...cudaRuntimeEnvironment(),
    ...(files.length > 0 && { [librariesVariable]: JSON.stringify(files) }),
  };
}
