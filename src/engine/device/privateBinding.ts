// First: the runtime is loaded here, if it is to be a copy.
import './silence.ts';
import { createRequire, Module } from 'node:module';
import { join } from 'node:path';
import { bindingFile, nativeFolder, runtimeFolderVariable } from './cudaRuntime/runtimePlace.ts';

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
