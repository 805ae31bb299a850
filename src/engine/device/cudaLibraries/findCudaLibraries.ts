import { realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type CudaLibrary, driverLibrary, installCommand, readNeeds } from './cudaNeeds.ts';
import { readElf } from './elf.ts';
import { type LibraryPlace, libraryPlaces } from './libraryPlaces.ts';
import { pythonsAtHand } from './pythons.ts';

/* Finds the libraries of CUDA that an installed provider needs, wherever this machine has them. */

/** Where one library is. */
export interface FoundLibrary extends CudaLibrary {
  /** Its file; undefined where it was found nowhere. */
  readonly file: string | undefined;
  /** The place, for people; what is wrong with a file that has the name and is no such library. */
  readonly where: string;
}

/** What a provider needs of this machine, and what of it is there. */
export interface CudaSurvey {
  /** Folder of the provider. */
  readonly provider: string;
  readonly cudaMajor: number | undefined;
  readonly libraries: readonly FoundLibrary[];
  /** Places that were looked in, for people. */
  readonly places: readonly string[];
  /** Brings what is missing; undefined where nothing is that a package has. */
  readonly command: string | undefined;
}

/** Before the libraries that need them, since each is opened by its path. */
const order = ['libcuda', 'libcudart', 'libnvJitLink', 'libnvrtc', 'libcublasLt', 'libcublas'];

type Candidate = { readonly file: string; readonly fault: string | undefined };

/** The first file of a name in a place. */
async function candidate({ folders, files }: LibraryPlace, name: string): Promise<Candidate | undefined> {
  const cached = files?.get(name);
  for (const path of [...(cached === undefined ? [] : [cached]), ...folders.map((folder) => join(folder, name))]) {
    if (!(await stat(path).catch(() => undefined))?.isFile()) continue;
    const fault = await readElf(path).then(
      // The loader goes by the name inside.
      ({ soname }) => (soname === name ? undefined : `"${path}" calls itself ${soname ?? 'nothing'}`),
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
    return { file: fault === undefined ? await realpath(path) : path, fault };
  }
  return undefined;
}

/**
 * Places in the order in which they are searched. What LD_LIBRARY_PATH names comes first, since somebody set it. Then
 * the place that has most of what is needed: libraries of one installation go together, above all cuBLAS with cuBLASLt.
 */
async function searched(places: readonly LibraryPlace[], names: readonly string[]): Promise<readonly LibraryPlace[]> {
  const counts = new Map<LibraryPlace, number>();
  for (const place of places.filter(({ kind }) => kind !== 'variable')) {
    let count = 0;
    for (const name of names) {
      const here = await candidate(place, name);
      if (here !== undefined && here.fault === undefined) count++;
    }
    counts.set(place, count);
  }
  return places.toSorted((a, b) => (counts.get(b) ?? names.length + 1) - (counts.get(a) ?? names.length + 1));
}

/** Looks for each library in all places. */
async function findLibraries(
  libraries: readonly CudaLibrary[],
  places: readonly LibraryPlace[],
): Promise<readonly FoundLibrary[]> {
  const sorted = await searched(
    places,
    libraries.map(({ name }) => name),
  );
  const found: FoundLibrary[] = [];
  for (const library of libraries) {
    let fault: string | undefined;
    let hit: FoundLibrary | undefined;
    // The driver's is what the running driver has installed for the loader.
    const loaderOnly = library.name === driverLibrary;
    for (const place of sorted.filter(({ kind }) => !loaderOnly || kind !== 'folders')) {
      const here = await candidate(place, library.name);
      if (here?.fault !== undefined) fault ??= here.fault;
      else if (here !== undefined) {
        hit = { ...library, file: here.file, where: place.what };
        break;
      }
    }
    found.push(hit ?? { ...library, file: undefined, where: fault ?? '' });
  }
  return found;
}

/**
 * Surveys what the provider in a folder needs.
 *
 * @throws InputError when the provider is no library
 */
export async function surveyCuda(
  provider: string,
  variables: NodeJS.ProcessEnv = process.env,
  signal?: AbortSignal,
): Promise<CudaSurvey> {
  const { cudaMajor, libraries } = await readNeeds(provider);
  const pythons = await pythonsAtHand(variables, signal);
  const places = await libraryPlaces(pythons, cudaMajor, variables, signal);
  const found = await findLibraries(libraries, places);
  const missing = found.filter(({ file, required }) => file === undefined && required).map(({ name }) => name);
  return {
    provider,
    cudaMajor,
    libraries: found,
    places: places.map(({ what }) => what),
    command: installCommand(missing, cudaMajor),
  };
}

/** Files that a process opens before the provider, each after those it needs. The driver's is the loader's to find. */
export function filesToOpen(libraries: readonly FoundLibrary[]): readonly string[] {
  const rank = ({ name }: FoundLibrary) => {
    const at = order.indexOf(name.slice(0, name.indexOf('.')));
    return at < 0 ? order.length : at;
  };
  return libraries
    .filter(({ name, file }) => name !== driverLibrary && file !== undefined)
    .sort((a, b) => rank(a) - rank(b))
    .map(({ file }) => file!);
}
