import { join } from 'node:path';

/** Where tests find the package, what it ships and what is kept for tests alone: the same from any folder of tests. */

/** The package's folder. */
export const root = join(import.meta.dirname, '..');
export const fixtures = join(root, 'test', 'fixtures');
/** Small checkpoints of every family, each with a `base` and an `sft` folder. */
export const checkpointFixtures = join(fixtures, 'checkpoints');
/** The embedded sample: `base`, `sft-mod`, `sft-over` and a calibration file. */
export const sampleFolder = join(root, 'media', 'sample');
