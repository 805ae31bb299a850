import { join } from 'node:path';

/**
 * Folder of the built files (the engine's entry, the WebAssembly kernels). The same expression holds from `src/`
 * under a TypeScript loader and from a bundle inside `dist/`, since both lie one level below the package.
 */
export const distFolder = join(import.meta.dirname, '..', 'dist');

/** The program's own folder, which the next version replaces: nothing of the user's belongs there. */
export const programFolder = join(import.meta.dirname, '..');
