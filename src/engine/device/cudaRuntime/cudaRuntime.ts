import { readdir, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError, Interrupted } from '../../../errors.ts';
import { Lock } from '../../../files/locks/lock.ts';
import { errorCode } from '../../../files/reading/fileFault.ts';
import { checkIdentity } from '../../../files/reading/fileIdentity.ts';
import {
  copyInto,
  makeFolder,
  makeFolders,
  removeFolder,
  removeTree,
  unlink,
} from '../../../files/writing/diskOperations.ts';
import { toldApart } from '../../../files/writing/freeSpace.ts';
import { cleanLeftovers } from '../../../files/writing/leftovers.ts';
import { StagingFolder } from '../../../files/writing/stagingFolder.ts';
import { writeFault } from '../../../files/writing/writeFault.ts';
import type { FeedFetch } from './feedFetch.ts';
import type { FeedPackage } from './packageFeed.ts';
import { checkPackage, fetchPackage } from './packageFile.ts';
import { type TakenLibraries, takeLibraries } from './packageLibraries.ts';
import { checkProvider } from './providerCheck.ts';
import { downloadWheel, type PythonProvider } from './pythonProvider.ts';
import {
  bindingFile,
  cudaRuntimeFolder,
  cudaRuntimeHome,
  nativeFolder,
  providerFiles,
  runtimeFiles,
  runtimePackageVersion,
} from './runtimePlace.ts';

/* Installs and removes the CUDA runtime: ONNX Runtime's CUDA libraries beside a copy of ONNX Runtime. */

/** Where the libraries come from. */
export type PackageSource =
  /** The official package, fetched from its feed. */
  | { readonly fetch: FeedFetch; readonly found: FeedPackage }
  /** A package, wheel, tarball or folder given by hand, and the hash it must have (base64), where one is known. */
  | { readonly file: string; readonly sha512?: string | undefined }
  /** An onnxruntime-gpu that is installed in a Python. */
  | { readonly provider: PythonProvider }
  /** The wheel of onnxruntime-gpu, by a Python's pip. */
  | { readonly pip: string };

/** What was installed. */
export interface InstalledProvider {
  readonly folder: string;
  /** Major version of CUDA that it was built for. */
  readonly cudaMajor: number;
  /** SHA-256 of the provider, hexadecimal. */
  readonly sha256: string;
}

export interface InstallOptions {
  readonly signal: AbortSignal;
  readonly home?: string;
  /** Bytes that have come, of the package's. */
  onBytes?(bytes: number): void;
  /** Bytes free where the folder is; the file system's own answer unless given. */
  readonly freeBytes?: (folder: string) => Promise<number>;
}

/** Package, unpacked libraries and the copied runtime at the same time: a guess, since the package's size is told and not its contents'. */
const spaceFactor = 3;

async function freeBytesOf(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

/**
 * For Node the runtime itself is built with CUDA on one platform; elsewhere no library makes it use CUDA.
 *
 * @throws InputError elsewhere
 */
export function requireCudaPlatform(platform: string = process.platform, arch: string = process.arch): void {
  if (platform === 'linux' && arch === 'x64') return;
  throw new InputError(
    `ONNX Runtime for Node is built with CUDA for linux-x64 only, and this is ${platform}-${arch}: use --device webgpu or cpu${platform === 'win32' ? ', or run in WSL' : ''}.`,
  );
}

/**
 * Installs the CUDA providers beside a copy of this project's own ONNX Runtime, in a folder that only appears when all of
 * it is there. On failure nothing of it remains, and what was installed before stays, other versions too.
 *
 * @throws InputError for a wrong file or version, a full disk or another platform; RunError for the network; Interrupted on
 *   abort
 */
export async function installCudaRuntime(source: PackageSource, options: InstallOptions): Promise<InstalledProvider> {
  requireCudaPlatform();
  const { home = cudaRuntimeHome() } = options;
  const target = cudaRuntimeFolder(home);
  try {
    await makeFolders(home);
  } catch (error) {
    throw writeFault(error, target);
  }
  return alone(home, 'another installation', () => installInto(home, target, source, options));
}

/** Does something to the versions that are kept, while no other process does. @throws InputError when one does */
async function alone<Result>(home: string, work: string, change: () => Promise<Result>): Promise<Result> {
  return Lock.during(`${home}.lock`, { what: `The CUDA runtime in "${home}"`, work, long: true }, change);
}

/** Takes the libraries from where they come from, into a folder. */
async function takeFrom(
  source: PackageSource,
  folder: string,
  { signal, onBytes = () => undefined }: InstallOptions,
): Promise<TakenLibraries> {
  const version = runtimePackageVersion();
  if ('provider' in source) {
    return { ...(await takeLibraries(source.provider.folder, folder, signal)), stated: source.provider.version };
  }
  if ('pip' in source) {
    const wheels = join(folder, 'wheels');
    await makeFolder(wheels);
    const taken = await takeLibraries(await downloadWheel(source.pip, version, wheels, signal), folder, signal);
    await removeTree(wheels);
    return taken;
  }
  if ('found' in source) {
    const path = join(folder, 'package.nupkg');
    await fetchPackage(source.fetch, source.found, path, signal, onBytes);
    const taken = await takeLibraries(path, folder, signal);
    await unlink(path);
    return { ...taken, stated: version };
  }
  const { file, sha512 } = source;
  if (sha512 === undefined) return takeLibraries(file, folder, signal);
  const checked = await checkPackage(file, sha512, signal);
  const taken = await takeLibraries(file, folder, signal);
  // What was unpacked is what was hashed.
  await checkIdentity(file, checked, 'while it was unpacked');
  return taken;
}

/** What a source is called in messages about it. */
function nameOf(source: PackageSource): string {
  if ('found' in source) return source.found.url;
  if ('provider' in source) return source.provider.folder;
  return 'pip' in source ? `onnxruntime-gpu==${runtimePackageVersion()}` : source.file;
}

async function installInto(
  home: string,
  target: string,
  source: PackageSource,
  options: InstallOptions,
): Promise<InstalledProvider> {
  const { signal, freeBytes = freeBytesOf } = options;
  const staging = await StagingFolder.create(target, true, 0, bindingFile);
  let installed: InstalledProvider;
  try {
    if ('found' in source) {
      const need = source.found.bytes * spaceFactor;
      const free = await freeBytes(home);
      if (free < need) {
        const [has, needs] = toldApart(free, need);
        throw new InputError(`"${home}" has ${has} free and installing needs about ${needs}: make room there.`);
      }
    }
    const { stated, sha256 } = await takeFrom(source, staging.path, options);
    const { cudaMajor } = await checkProvider(staging.path, runtimePackageVersion(), stated, nameOf(source));
    installed = { folder: target, cudaMajor, sha256: sha256[providerFiles[1]]! };
    for (const file of runtimeFiles) {
      // A copy, not a link: the runtime asks the loader for its own folder, and a link may lead back to the package's.
      await copyInto(join(nativeFolder(), file), join(staging.path, file));
    }
    if (signal.aborted) throw new Interrupted('Stopped; nothing was installed.');
    await staging.publish();
  } catch (error) {
    throw errorCode(error) === undefined ? error : writeFault(error, target);
  } finally {
    await staging.discard();
  }
  await removeVersions(home, target);
  return installed;
}

/** Removes versions but `kept`, and what killed installations left; nothing that another process is installing. */
async function removeVersions(home: string, kept?: string): Promise<void> {
  for (const name of await readdir(home)) {
    const version = /^\.(.+)\.rejuvenation-/.exec(name)?.[1];
    if (version !== undefined) await cleanLeftovers(join(home, version), bindingFile);
  }
  for (const name of await readdir(home)) {
    const folder = join(home, name);
    if (!name.startsWith('.') && folder !== kept) await removeTree(folder);
  }
}

/**
 * Removes every installed version.
 *
 * @returns whether there was anything
 * @throws InputError when the folder cannot be removed
 */
export async function removeCudaRuntime(home: string = cudaRuntimeHome()): Promise<boolean> {
  try {
    const present = await readdir(home);
    await alone(home, 'its removal', async () => {
      await removeVersions(home);
      // Not while it holds what another host's process left.
      await removeFolder(home).catch(() => undefined);
    });
    return present.length > 0;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false;
    throw writeFault(error, home);
  }
}
