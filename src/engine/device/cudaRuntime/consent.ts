import { showBytes } from '../../../settings/memorySize.ts';
import type { FeedPackage } from './packageFeed.ts';
import { cudaRuntimeFolder, runtimePackageVersion } from './runtimePlace.ts';

/* What the user is told before the CUDA runtime is installed. */

/** Something the user agrees to. */
export interface ConsentFact {
  readonly name: string;
  readonly value: string;
}

/** What the user agrees to: what, how much, from where, to where, under which licence. */
export function consentFacts(source: FeedPackage | { readonly file: string }): readonly ConsentFact[] {
  const fetched = 'url' in source;
  return [
    {
      name: 'Package',
      value: `Microsoft.ML.OnnxRuntime.Gpu.Linux, CUDA libraries of ONNX Runtime ${runtimePackageVersion()}`,
    },
    fetched
      ? { name: 'Download', value: `${showBytes(source.bytes)} from ${source.url}` }
      : { name: 'From', value: source.file },
    { name: 'Kept in', value: cudaRuntimeFolder() },
    ...(fetched
      ? [{ name: 'Licence', value: `${source.licence} (https://github.com/microsoft/onnxruntime/blob/main/LICENSE)` }]
      : []),
    { name: 'Not included', value: "NVIDIA's driver, CUDA and cuDNN, which the machine must have" },
  ];
}

/** The facts, a line each. */
export function consentText(source: FeedPackage | { readonly file: string }): string {
  return consentFacts(source)
    .map(({ name, value }) => `${name}: ${value}`)
    .join('\n');
}
