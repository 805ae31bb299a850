// First: the runtime is loaded here, if it is to be a copy.
import './silence.ts';
import { createRequire, Module } from 'node:module';
import { join } from 'node:path';
import { bindingFile, nativeFolder, providerFiles, runtimeFolderVariable } from './cudaRuntime/runtimePlace.ts';

/*
 * Loads ONNX Runtime from the installed CUDA runtime, where an engine process is told to.
 *
 * ONNX Runtime opens its CUDA provider from the folder that it was loaded from itself, and from no other. The package's
 * own folder is not ours to write to; so a copy of the runtime lies beside the providers, and here onnxruntime-node is
 * given that copy's binding in place of the one it would load.
 */

function loadPrivately(folder: string): void {
  const require = createRequire(join(folder, bindingFile));
  const expected = join(nativeFolder(), bindingFile);
  const binding = new Module(expected);
  // Before any other copy: the loader gives whoever asks for libonnxruntime.so.1 later the one that is there already.
  process.dlopen(binding, join(folder, bindingFile));
  binding.filename = expected;
  binding.loaded = true;
  require.cache[expected] = binding;
}

/** The loader's own words for why a library cannot be opened; undefined where it can. */
export function libraryFault(library: string): string | undefined {
  try {
    process.dlopen({ exports: {} }, library);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    // It was opened: only it is no module of Node's.
    return /did not self-register/.test(message) ? undefined : message;
  }
  return undefined;
}

/** Names, for people, of what a missing library belongs to. */
function partOf(library: string): string {
  const version = /\.so\.(\d+)/.exec(library)?.[1];
  if (library.startsWith('libcuda.')) return `the NVIDIA driver (${library})`;
  if (library.startsWith('libcudnn')) return `cuDNN ${version ?? '9'} (${library})`;
  // These two count on their own: CUDA 12 has libcufft 11, and CUDA 12 and 13 both have libcurand 10.
  if (/^lib(cufft|curand)/.test(library)) return `a library of the CUDA runtime (${library})`;
  if (/^lib(cudart|cublas|nvrtc|nvJitLink)/.test(library)) return `the CUDA ${version ?? ''} runtime (${library})`;
  return library;
}

/**
 * What this machine lacks for CUDA, in plain words, by asking the loader.
 *
 * @param open tries a library; returns the loader's complaint
 */
export function missingForCuda(
  folder: string,
  open: (library: string) => string | undefined = libraryFault,
): readonly string[] {
  const missing = ['libcuda.so.1', 'libcudnn.so.9', join(folder, providerFiles[1])].flatMap((library) => {
    const fault = open(library);
    if (fault === undefined) return [];
    const named = /^([\w.+-]+): cannot open shared object file/.exec(fault)?.[1];
    if (named !== undefined) return [partOf(named)];
    // The provider calls into its bridge, which only the runtime loads before it.
    return library.startsWith('/') && /undefined symbol: Provider_/.test(fault) ? [] : [fault];
  });
  return [...new Set(missing)];
}

/** The private folder this process was told to load from. */
export const privateFolder = process.env[runtimeFolderVariable];

function tryPrivate(): string | undefined {
  if (privateFolder === undefined) return undefined;
  try {
    loadPrivately(privateFolder);
    return undefined;
  } catch (error) {
    return `the installed CUDA runtime does not load (${error instanceof Error ? error.message : String(error)}): install it again`;
  }
}

/** Why it could not be loaded; the package's own runtime then takes its place. */
export const privateFault: string | undefined = tryPrivate();
