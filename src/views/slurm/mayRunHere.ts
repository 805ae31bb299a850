import { window } from 'vscode';
import { type LocalWork, localWorkNames, placeOf } from './runPlace.ts';
import { configuredRunOn } from './slurmSettings.ts';

/* Asks before a model runs on a machine that was said to submit only. */

/** Work for which this was agreed to, until the window is closed: what pages ask for again and again. */
const agreed = new Set<LocalWork>();

/**
 * Whether work that has no way to a cluster may run on this machine: at once where `rejuvenation.runOn` is `here`, else when
 * the user says so.
 *
 * @param once the answer holds until the window is closed
 */
export async function mayRunHere(work: LocalWork, { once = false, runsModels = true } = {}): Promise<boolean> {
  if (placeOf(work, configuredRunOn(), runsModels) !== 'ask' || agreed.has(work)) return true;
  const detail =
    'Models are to run on Slurm (rejuvenation.runOn), and this cannot. On a login node that others work on, better use the command line in a job.';
  const chosen = await window.showWarningMessage(
    `${localWorkNames[work]}. Run it on this machine?`,
    { modal: true, detail },
    'Run Here',
  );
  if (chosen !== undefined && once) agreed.add(work);
  return chosen !== undefined;
}
