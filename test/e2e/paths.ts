import { join } from 'node:path';
import { root } from '../paths.ts';

/** Downloads that are kept between runs; git ignores it, and deleting it is always safe. */
export const cacheFolder = join(root, '.cache');

/** What the last end-to-end run left to look at: pictures and logs of failed tests. */
export const artefactsFolder = join(cacheFolder, 'e2e');

/** The tests of `host/`, bundled for the extension host. */
export const hostTestsFolder = join(root, 'dist', 'test', 'host');
