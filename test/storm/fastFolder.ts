import { existsSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';

/** A folder for temporary files, in memory where there is one: the storm tests sync some thousand times. */
export const fastFolder = existsSync('/dev/shm') ? '/dev/shm' : realpathSync(tmpdir());
