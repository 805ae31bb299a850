import { execFileSync } from 'node:child_process';
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { takeLibraries } from '../../../src/engine/device/cudaRuntime/packageLibraries.ts';
import { describeProvider } from '../../../src/engine/device/cudaRuntime/providerCheck.ts';
import {
  providerFiles,
  runtimeFiles,
  runtimePackageVersion,
} from '../../../src/engine/device/cudaRuntime/runtimePlace.ts';
import { slimProvider } from './slimProvider.ts';

/* Puts a CUDA provider into the archive's folder, and beside it the ONNX Runtime of its version. */

const native = join('bin', 'napi-v6', 'linux', 'x64');

/** Replaces the archive's ONNX Runtime by another version, which npm fetches from where it is configured to. */
function packRuntime(modules: string, version: string, work: string): void {
  const packages = ['onnxruntime-node', 'onnxruntime-common'] as const;
  execFileSync('npm', ['pack', '--silent', ...packages.map((name) => `${name}@${version}`)], { cwd: work });
  for (const name of packages) {
    mkdirSync(join(work, name));
    const tarball = join(work, `${name}-${version}.tgz`);
    execFileSync('tar', ['-xzf', tarball, '-C', join(work, name), '--strip-components=1']);
    copyFileSync(join(work, name, 'package.json'), join(modules, name, 'package.json'));
  }
  for (const [name, folder] of [
    ['onnxruntime-node', 'dist'],
    ['onnxruntime-common', join('dist', 'cjs')],
  ] as const) {
    rmSync(join(modules, name, folder), { recursive: true });
    cpSync(join(work, name, folder), join(modules, name, folder), {
      recursive: true,
      filter: (file) => !file.endsWith('.map'),
    });
  }
  for (const file of runtimeFiles) {
    copyFileSync(join(work, 'onnxruntime-node', native, file), join(modules, 'onnxruntime-node', native, file));
  }
}

/**
 * Takes the provider out of a package, wheel, tarball or folder, whole or slimmed.
 *
 * @param top the archive's folder
 * @param architectures of the GPUs whose code is kept; none: all
 * @returns the version of ONNX Runtime that is packed now
 * @throws InputError when it is none, or of a version that cannot be told
 */
export async function packProvider(top: string, file: string, architectures: readonly number[]): Promise<string> {
  const work = mkdtempSync(join(tmpdir(), 'rejuvenate-provider-'));
  try {
    const { stated } = await takeLibraries(resolve(file), work, new AbortController().signal);
    const { versions } = await describeProvider(work, stated, file);
    const own = runtimePackageVersion();
    const version = versions.includes(own) ? own : versions[0];
    if (version === undefined) throw new Error(`${file}: of which version of ONNX Runtime it is cannot be told.`);
    const modules = join(top, 'node_modules');
    if (version !== own) packRuntime(modules, version, work);
    if (architectures.length > 0) {
      const path = join(work, providerFiles[1]);
      const bytes = readFileSync(path);
      slimProvider(bytes, new Set(architectures));
      writeFileSync(path, bytes);
    }
    for (const each of providerFiles) copyFileSync(join(work, each), join(modules, 'onnxruntime-node', native, each));
    return version;
  } finally {
    rmSync(work, { recursive: true });
  }
}
