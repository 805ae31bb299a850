import { constants } from 'node:os';

/*
 * Opens CUDA's libraries by their paths, in an engine process that is told to, before ONNX Runtime opens its provider. The
 * loader gives the provider those that are open already by their names, so that no search path has to be set: with a
 * conda environment's folder in LD_LIBRARY_PATH, Node itself would be given that environment's C++ library too.
 */

/** Environment variable with the files to open: a JSON list, each after those it needs. */
export const librariesVariable = 'REJUVENATE_CUDA_LIBRARIES';

/** Keeps a library open that Node closes again, since it is no module of Node's (dlfcn.h; Node has no name for it). */
const keepOpen = 0x1000;

function listed(): readonly string[] {
  const text = process.env[librariesVariable];
  if (text === undefined || process.platform !== 'linux') return [];
  const list: unknown = JSON.parse(text);
  return Array.isArray(list) ? list.filter((each) => typeof each === 'string') : [];
}

/** Opens a library, and keeps it open where asked. @returns the loader's own words for why it cannot be opened */
function open(library: string, flags: number): string | undefined {
  try {
    process.dlopen({ exports: {} }, library, flags);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    // It was opened: only it is no module of Node's.
    return /did not self-register/.test(message) ? undefined : message;
  }
  return undefined;
}

/** The loader's own words for why a library cannot be opened; undefined where it can. */
export function libraryFault(library: string): string | undefined {
  return open(library, constants.dlopen.RTLD_LAZY);
}

/** Why files could not be opened; none where all could. */
export const preloadFaults: readonly string[] = listed().flatMap(
  (file) => open(file, constants.dlopen.RTLD_LAZY | keepOpen) ?? [],
);
