import { SetupError } from '../setup/setupError.ts';
import { ensureSlurm } from '../setup/slurm.ts';
import { SlurmCluster } from './slurmCluster.ts';

/** Starts a cluster; skips the tests where no Slurm can be had (test/QUARANTINE.md). */
export async function startOrSkip(context: Mocha.Context): Promise<SlurmCluster> {
  try {
    ensureSlurm();
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    console.log(`Skipped: ${error.message}`);
    return context.skip();
  }
  return SlurmCluster.start();
}
