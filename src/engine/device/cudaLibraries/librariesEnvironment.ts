import { providerFolder } from '../cudaRuntime/runtimePlace.ts';
import { librariesVariable } from '../preload.ts';
import { type CudaSurvey, filesToOpen, surveyCuda } from './findCudaLibraries.ts';

/* Where CUDA's libraries are, as an engine process is told. */

/** What the provider of this ONNX Runtime needs, and where it is; undefined where there is no provider, or none that can be read. */
export async function cudaSurvey(
  signal?: AbortSignal,
  variables: NodeJS.ProcessEnv = process.env,
): Promise<CudaSurvey | undefined> {
  const folder = providerFolder();
  // What is wrong with it the engine process says, when it tries the device.
  return folder === undefined ? undefined : surveyCuda(folder, variables, signal).catch(() => undefined);
}

/** The environment by which a process that computes on CUDA opens CUDA's libraries where they were found. */
export function librariesEnvironment(survey: CudaSurvey | undefined): Readonly<Record<string, string>> {
  const files = filesToOpen(survey?.libraries ?? []);
  return files.length === 0 ? {} : { [librariesVariable]: JSON.stringify(files) };
}
