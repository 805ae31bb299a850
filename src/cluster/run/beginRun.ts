import { cancelRun } from './cancelRun.ts';
import type { ClusterRun } from './clusterRun.ts';
import { readState } from './clusterState.ts';
import { createRun, type PlannedRun, removeRun } from './createRun.ts';
import type { ResumeJob } from './resumeJob.ts';
import { type Submission, submitMissing } from './submitMissing.ts';

/** A run of which all that is missing has been submitted. */
export interface BegunRun {
  readonly run: ClusterRun;
  readonly submitted: readonly Submission[];
  readonly resume?: ResumeJob | undefined;
}

/**
 * Makes the run's folder and submits it, or goes on with the run that is there. Where Slurm refuses a part of a new run,
 * nothing is left of it: neither jobs nor a folder. One that was there keeps its jobs, as resuming it does.
 *
 * @throws InputError for another run in the folder, and with Slurm's own sentence when it refuses; RunError when it does not answer
 */
export async function beginRun(folder: string, planned: PlannedRun): Promise<BegunRun> {
  const { run, found } = await createRun(folder, planned);
  try {
    const { submitted, resume } = await submitMissing(run, { again: found });
    return { run, submitted, resume };
  } catch (error) {
    if (!found) await undo(run);
    throw error;
  }
}

async function undo(run: ClusterRun): Promise<void> {
  const { submitted } = await readState(run.folder);
  if (submitted.length > 0) await cancelRun(run, false).catch(() => undefined);
  await removeRun(run);
}
