import { readdir, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError, Interrupted } from '../../../errors.ts';
import { Lock } from '../../../files/locks/lock.ts';
import { errorCode } from '../../../files/reading/fileFault.ts';
import { checkIdentity } from '../../../files/reading/fileIdentity.ts';
import { copyInto, makeFolders, removeFolder, removeTree, unlink } from '../../../files/writing/diskOperations.ts';
import { toldApart } from '../../../files/writing/freeSpace.ts';
import { cleanLeftovers } from '../../../files/writing/leftovers.ts';
import { StagingFolder } from '../../../files/writing/stagingFolder.ts';
import { writeFault } from '../../../files/writing/writeFault.ts';
import type { FeedFetch } from './feedFetch.ts';
import type { FeedPackage } from './packageFeed.ts';
import { checkPackage, fetchPackage } from './packageFile.ts';
import { unpackLibraries } from './packageLibraries.ts';
import { bindingFile, cudaRuntimeFolder, cudaRuntimeHome, nativeFolder, runtimeFiles } from './runtimePlace.ts';

/* Installs and removes the CUDA runtime: ONNX Runtime's CUDA libraries beside a copy of ONNX Runtime. */

/** Where the package comes from: fetched from its feed, or a copy given by hand and the hash it must have (base64). */
export type PackageSource =
  | { readonly fetch: FeedFetch; readonly found: FeedPackage }
  | { readonly file: string; readonly sha512: string };

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
 * The libraries are published for one platform; elsewhere there is nothing to install.
 *
 * @throws InputError elsewhere
 */
export function requireCudaPlatform(platform: string = process.platform, arch: string = process.arch): void {
  if (platform === 'linux' && arch === 'x64') return;
  throw new InputError(
    `ONNX Runtime's CUDA libraries for Node are published for linux-x64 only, and this is ${platform}-${arch}: use --device webgpu or cpu.`,
  );
}

/**
 * Installs the CUDA providers beside a copy of this project's own ONNX Runtime, in a folder that only appears when all of
 * it is there. On failure nothing of it remains, and what was installed before stays, other versions too.
 *
 * @returns the folder
 * @throws InputError for a wrong file, a full disk or another platform; RunError for the network; Interrupted on abort
 */
export async function installCudaRuntime(source: PackageSource, options: InstallOptions): Promise<string> {
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

async function installInto(
  home: string,
  target: string,
  source: PackageSource,
  { signal, onBytes = () => undefined, freeBytes = freeBytesOf }: InstallOptions,
): Promise<string> {
  const staging = await StagingFolder.create(target, true, 0, bindingFile);
  try {
    if ('found' in source) {
      const need = source.found.bytes * spaceFactor;
      const free = await freeBytes(home);
      if (free < need) {
        const [has, needs] = toldApart(free, need);
        throw new InputError(`"${home}" has ${has} free and installing needs about ${needs}: make room there.`);
      }
    }
    const path = 'file' in source ? source.file : join(staging.path, 'package.nupkg');
    if ('file' in source) {
      const checked = await checkPackage(path, source.sha512, signal);
      await unpackLibraries(path, staging.path, signal);
      // What was unpacked is what was hashed.
      await checkIdentity(path, checked, 'while it was unpacked');
    } else {
      await fetchPackage(source.fetch, source.found, path, signal, onBytes);
      await unpackLibraries(path, staging.path, signal);
    }
    if ('found' in source) await unlink(path);
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
  return target;
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
