import { join } from 'node:path';
import { distFolder } from '../../distFolder.ts';
import type { ClusterPlan } from './clusterRun.ts';

/** How tasks run this very program: by absolute paths, with nothing to install on nodes. */
export function programPlace(): Pick<ClusterPlan, 'node' | 'environment' | 'cli'> {
  return {
    node: process.execPath,
    // What runs an extension may be an Electron, which is a Node only when told.
    environment: process.versions['electron'] === undefined ? {} : { ELECTRON_RUN_AS_NODE: '1' },
    cli: join(distFolder, 'cli.cjs'),
  };
}
