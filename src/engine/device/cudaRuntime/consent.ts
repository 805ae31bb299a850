import { showBytes } from '../../../settings/memorySize.ts';
import type { PackageSource } from './cudaRuntime.ts';
import { pipCommand } from './pythonProvider.ts';
import { cudaRuntimeFolder, runtimePackageVersion } from './runtimePlace.ts';

/* What the user is told before the CUDA runtime is installed. */

/** Something the user agrees to. */
export interface ConsentFact {
  readonly name: string;
  readonly value: string;
}

/** Where the libraries come from, and how they are checked. */
function sourceFacts(source: PackageSource, version: string): readonly ConsentFact[] {
  const fits = `libraries for Linux on x64, CUDA provider of ONNX Runtime ${version}`;
  if ('found' in source) {
    const { bytes, url, licence } = source.found;
    return [
      { name: 'Package', value: `Microsoft.ML.OnnxRuntime.Gpu.Linux, CUDA libraries of ONNX Runtime ${version}` },
      { name: 'Download', value: `${showBytes(bytes)} from ${url}` },
      { name: 'Checked', value: `size and SHA-512 that the feed states; ${fits}` },
      { name: 'Licence', value: `${licence} (https://github.com/microsoft/onnxruntime/blob/main/LICENSE)` },
    ];
  }
  if ('provider' in source) {
    const { python, folder } = source.provider;
    return [
      { name: 'From', value: `onnxruntime-gpu ${source.provider.version} in ${python}, ${folder}` },
      { name: 'Checked', value: fits },
    ];
  }
  if ('pip' in source) {
    return [
      { name: 'Command', value: pipCommand(source.pip, version) },
      { name: 'Download', value: 'some 0.3 GB, from where pip is configured to fetch' },
      { name: 'Checked', value: `the wheel's own list of SHA-256; ${fits}` },
    ];
  }
  return [
    { name: 'From', value: source.file },
    { name: 'Checked', value: source.sha512 === undefined ? `${fits}; not who made it` : `SHA-512; ${fits}` },
  ];
}

/** What the user agrees to: what, how much, from where, to where, under which licence. */
export function consentFacts(source: PackageSource): readonly ConsentFact[] {
  return [
    ...sourceFacts(source, runtimePackageVersion()),
    { name: 'Kept in', value: cudaRuntimeFolder() },
    { name: 'Not included', value: "NVIDIA's driver, CUDA and cuDNN, which the machine must have" },
  ];
}

/** The facts, a line each. */
export function consentText(source: PackageSource): string {
  return consentFacts(source)
    .map(({ name, value }) => `${name}: ${value}`)
    .join('\n');
}
