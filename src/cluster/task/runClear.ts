import { copiesFolder, removeCopies } from '../../run/staging/copiesFolder.ts';
import { stageOf } from '../run/clearCopies.ts';
import { readRun } from '../run/clusterRun.ts';

/**
 * The work of the job that deletes a run's local copies on its node.
 *
 * @throws InputError for a damaged run, or where the variable that names the place is not set here
 */
export async function runClear(folder: string, say: (text: string) => void): Promise<void> {
  const { plan } = await readRun(folder);
  const place = stageOf(plan);
  if (place === undefined) return;
  const copies = copiesFolder(place, plan.id);
  say((await removeCopies(copies)) ? `Deleted ${copies}` : `There is no ${copies}`);
}
