import { join } from 'node:path';

/** The package's folder. */
export const root = join(import.meta.dirname, '..');
export const distFolder = join(root, 'dist');
