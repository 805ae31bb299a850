import { delimiter, isAbsolute, join } from 'node:path';
import { programOutput } from '../programOutput.ts';
import { namesIn, type Python } from './pythons.ts';

/* The places where CUDA's libraries are looked for. */

/** Some folders that belong together: libraries of one installation. */
export interface LibraryPlace {
  /** For people: `LD_LIBRARY_PATH`, `python3 (/usr/bin/python3)`. */
  readonly what: string;
  /** `variable` and `loader`: where the loader looks by itself. */
  readonly kind: 'variable' | 'loader' | 'folders';
  readonly folders: readonly string[];
  /** Libraries known by name to the loader's own cache, with their files. */
  readonly files?: ReadonlyMap<string, string>;
}

const patience = 60_000;
const mostOutput = 16e6;
/** Without its cache the loader looks in these. */
const loaderFolders = [
  '/lib/x86_64-linux-gnu',
  '/usr/lib/x86_64-linux-gnu',
  '/lib64',
  '/usr/lib64',
  '/lib',
  '/usr/lib',
];

/** Reads what `ldconfig -p` prints: `libcublas.so.13 (libc6,x86-64) => /usr/local/cuda/lib64/libcublas.so.13`. */
export function parseLoaderCache(text: string): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, name, kind, path] = /^\s+(\S+) \(([^)]*)\) => (\/.*)$/.exec(line) ?? [];
    // The first of a name is the one that the loader takes.
    if (name !== undefined && path !== undefined && kind?.includes('x86-64') && !files.has(name)) files.set(name, path);
  }
  return files;
}

async function loaderCache(signal?: AbortSignal): Promise<ReadonlyMap<string, string>> {
  // Users have no sbin in PATH.
  for (const program of ['/sbin/ldconfig', '/usr/sbin/ldconfig']) {
    try {
      const limits = { timeout: patience, maxBuffer: mostOutput, signal };
      return parseLoaderCache(await programOutput(program, ['-p'], limits));
    } catch {
      // The other place may have it.
    }
  }
  return new Map();
}

const absolutes = (list: string | undefined) => (list ?? '').split(delimiter).filter(isAbsolute);

/** Below a CUDA toolkit's folder, or a conda environment's. */
const toolkitFolders = (home: string) =>
  ['lib64', 'lib', join('targets', 'x86_64-linux', 'lib')].map((each) => join(home, each));

/**
 * Folders of NVIDIA's packages among a Python's: `nvidia/cublas/lib` of each package for CUDA 12 and for cuDNN, and
 * `nvidia/cu13/lib`, which the packages for CUDA 13 share.
 */
async function nvidiaFolders(sites: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const site of sites) {
    for (const name of [...(await namesIn(join(site, 'nvidia')))].sort()) {
      if (/^\w+$/.test(name)) found.push(join(site, 'nvidia', name, 'lib'));
    }
  }
  return found;
}

/** Everywhere that CUDA's libraries are looked for, in the order of preference. */
export async function libraryPlaces(
  pythons: readonly Python[],
  cudaMajor: number | undefined,
  variables: NodeJS.ProcessEnv = process.env,
  signal?: AbortSignal,
): Promise<readonly LibraryPlace[]> {
  const places: LibraryPlace[] = [
    { what: 'LD_LIBRARY_PATH', kind: 'variable', folders: absolutes(variables['LD_LIBRARY_PATH']) },
    { what: "the loader's folders", kind: 'loader', folders: loaderFolders, files: await loaderCache(signal) },
  ];
  for (const name of ['CUDA_HOME', 'CUDA_PATH']) {
    const [home] = absolutes(variables[name]);
    if (home !== undefined) places.push({ what: name, kind: 'folders', folders: toolkitFolders(home) });
  }
  for (const { found, place, sites, libraries } of pythons) {
    const folders = [...libraries, ...(await nvidiaFolders(sites))];
    places.push({ what: `${found} (${place})`, kind: 'folders', folders });
  }
  const usual = [...(cudaMajor === undefined ? [] : [`/usr/local/cuda-${cudaMajor}`]), '/usr/local/cuda'];
  places.push({ what: '/usr/local/cuda', kind: 'folders', folders: usual.flatMap(toolkitFolders) });
  return places.filter(({ kind, folders }) => kind !== 'variable' || folders.length > 0);
}
