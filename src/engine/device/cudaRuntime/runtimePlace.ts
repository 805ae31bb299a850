import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { distFolder } from '../../../distFolder.ts';

/* Where the CUDA runtime is kept, and where this project's own ONNX Runtime lies. */

/** Environment variable that tells an engine process to load ONNX Runtime from a folder of its own. */
export const runtimeFolderVariable = 'REJUVENATE_RUNTIME_FOLDER';

/** Providers that the CUDA package adds beside the runtime, which looks for them in its own folder and nowhere else. */
export const providerFiles = ['libonnxruntime_providers_shared.so', 'libonnxruntime_providers_cuda.so'] as const;
export const bindingFile = 'onnxruntime_binding.node';
/** What the runtime itself consists of on Linux. */
export const runtimeFiles = [bindingFile, 'libonnxruntime.so.1'] as const;

/** Folder of the installed package `onnxruntime-node`, which is never written to. */
export function runtimePackage(): string {
  const main = createRequire(join(distFolder, 'engine.cjs')).resolve('onnxruntime-node');
  return join(dirname(main), '..');
}

/** Where that package has its native files for this platform. */
export function nativeFolder(): string {
  return join(runtimePackage(), 'bin', 'napi-v6', process.platform, process.arch);
}

/** Version of ONNX Runtime, which the providers must equal. */
export function runtimePackageVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(join(runtimePackage(), 'package.json'), 'utf8'));
  return (manifest as { readonly version: string }).version;
}

/** The command line's data folder, by the XDG Base Directory Specification. */
function dataFolder({ XDG_DATA_HOME } = process.env as { readonly XDG_DATA_HOME?: string }): string {
  // The specification has relative paths ignored.
  const base = XDG_DATA_HOME?.startsWith('/') ? XDG_DATA_HOME : join(homedir(), '.local', 'share');
  return join(base, 'rejuvenation-inspector');
}

let chosen: string | undefined;

/** Has this process keep the CUDA runtime below `folder`: the extension's global storage, chosen once, at activation. */
export function keepCudaRuntimeIn(folder: string): void {
  chosen = folder;
}

/** Folder of all versions of the CUDA runtime that are kept. */
export function cudaRuntimeHome(): string {
  return join(chosen ?? dataFolder(), 'cuda-runtime');
}

/** Folder of the version that this ONNX Runtime needs, whether there or not. */
export function cudaRuntimeFolder(home: string = cudaRuntimeHome()): string {
  return join(home, runtimePackageVersion());
}

/** The installed CUDA runtime; undefined where there is none of the right version. */
export function installedCudaRuntime(home: string = cudaRuntimeHome()): string | undefined {
  const folder = cudaRuntimeFolder(home);
  return [...runtimeFiles, ...providerFiles].every((file) => existsSync(join(folder, file))) ? folder : undefined;
}

/** The folder that has a CUDA provider for this ONNX Runtime: the installed one, or the package's own where one was put there. */
export function providerFolder(): string | undefined {
  const has = (folder: string) => providerFiles.every((file) => existsSync(join(folder, file)));
  return installedCudaRuntime() ?? (has(nativeFolder()) ? nativeFolder() : undefined);
}

/** The environment by which an engine process uses the installed CUDA runtime, if there is one. */
export function cudaRuntimeEnvironment(): Readonly<Record<string, string>> {
  const folder = installedCudaRuntime();
  return folder === undefined ? {} : { [runtimeFolderVariable]: folder };
}
