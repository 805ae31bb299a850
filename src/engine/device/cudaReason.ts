import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { driverLibrary, installCommand, needsOf, shownLibrary } from './cudaLibraries/cudaNeeds.ts';
import { readElf } from './cudaLibraries/elf.ts';
import { nativeFolder, providerFiles } from './cudaRuntime/runtimePlace.ts';
import { libraryFault, preloadFaults } from './preload.ts';
import { privateFault, privateFolder } from './privateBinding.ts';

/* Why CUDA does not work in this process, by asking the loader: the runtime says only that a library could not be loaded. */

/** The lowest version of NVIDIA's driver for Linux that runs a major version of CUDA (CUDA's release notes). */
const lowestDriver: Readonly<Record<number, string>> = { 12: '525', 13: '580' };

/** What CUDA says when it refuses, out of a message that runs over several lines of file names and macros. */
function refusal(message: string, cudaMajor: number | undefined): string | undefined {
  const [, code, text] = /CUDA failure (\d+): ([^;\n]*)/.exec(message) ?? [];
  if (code === undefined || text === undefined) return undefined;
  const said = `CUDA failed with error ${code} (${text.trim().slice(0, 200)})`;
  const lowest = cudaMajor === undefined ? undefined : lowestDriver[cudaMajor];
  // cudaErrorInsufficientDriver
  if (code !== '35' || lowest === undefined) return said;
  return `${said}: CUDA ${cudaMajor} needs NVIDIA's driver ${lowest} or newer`;
}

/**
 * What this machine lacks for the CUDA provider in a folder, in plain words, by asking the loader.
 *
 * @param needed libraries that the provider names
 * @param open tries a library; returns the loader's complaint
 */
export function missingForCuda(
  folder: string,
  needed: readonly string[],
  open: (library: string) => string | undefined = libraryFault,
): { readonly missing: readonly string[]; readonly faults: readonly string[] } {
  const { libraries } = needsOf(needed);
  const provider = join(folder, providerFiles[1]);
  const [missing, faults]: [string[], string[]] = [[], []];
  for (const library of [...libraries.filter(({ required }) => required).map(({ name }) => name), provider]) {
    const fault = open(library);
    if (fault === undefined) continue;
    const named = /^([\w.+-]+): cannot open shared object file/.exec(fault)?.[1];
    if (named !== undefined) missing.push(named);
    // The provider calls into its bridge, which only the runtime loads before it.
    else if (library !== provider || !/undefined symbol: Provider_/.test(fault)) faults.push(fault);
  }
  return { missing: [...new Set(missing)], faults: [...new Set(faults)] };
}

/**
 * A sentence for a message with which the runtime refused CUDA.
 *
 * @returns undefined where nothing better than the message can be said
 */
export async function cudaReason(message: string): Promise<string | undefined> {
  const folder = privateFolder ?? nativeFolder();
  const provider = join(folder, providerFiles[1]);
  const needed = await readElf(provider).then(
    (library) => library.needed,
    () => [],
  );
  const { cudaMajor } = needsOf(needed);
  if (!/failed to load shared library/i.test(message)) return refusal(message, cudaMajor);
  if (privateFault !== undefined) return privateFault;
  if (!providerFiles.every((file) => existsSync(join(folder, file)))) {
    if (process.platform !== 'linux' || process.arch !== 'x64')
      return "ONNX Runtime's CUDA libraries are not installed";
    const also = libraryFault(driverLibrary) === undefined ? '' : `; nor is ${shownLibrary(driverLibrary)}`;
    return `ONNX Runtime's CUDA libraries are not installed (rejuvenate doctor --install-cuda)${also}`;
  }
  const { missing, faults } = missingForCuda(folder, needed);
  const command = installCommand(missing, cudaMajor);
  if (missing.length > 0) {
    const those = missing.includes(driverLibrary)
      ? 'all but the driver come'
      : missing.length > 1
        ? 'they come'
        : 'it comes';
    const brings = command === undefined ? '' : `; ${those} by: ${command}`;
    return `not found on this machine: ${missing.map(shownLibrary).join(', ')}${brings}`;
  }
  const [fault] = [...faults, ...preloadFaults];
  return `ONNX Runtime's CUDA libraries do not load${fault === undefined ? '' : `: ${fault}`}`;
}
