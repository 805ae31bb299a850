import { showBytes } from '../run/memorySize.ts';
import type { FeedPackage } from './packageFeed.ts';
import { cudaRuntimeFolder, runtimePackageVersion } from './runtimePlace.ts';

/** What the user agrees to, a fact a line: what, how much, from where, to where, under which licence. */
export function consentText(source: FeedPackage | { readonly file: string }): string {
  const fetched = 'url' in source;
  return [
    `CUDA libraries of ONNX Runtime ${runtimePackageVersion()} (Microsoft.ML.OnnxRuntime.Gpu.Linux)`,
    ...(fetched ? [`Download: ${showBytes(source.bytes)} from ${source.url}`] : [`From: ${source.file}`]),
    `Kept in: ${cudaRuntimeFolder()}`,
    ...(fetched ? [`Licence: ${source.licence} (https://github.com/microsoft/onnxruntime/blob/main/LICENSE)`] : []),
    "Not included: NVIDIA's driver, CUDA and cuDNN, which the machine must have.",
  ].join('\n');
}
