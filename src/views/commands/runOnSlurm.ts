import { basename } from 'node:path';
import { commands, Uri, window } from 'vscode';
import { cancelRun } from '../../cluster/run/cancelRun.ts';
import type { ClusterRun } from '../../cluster/run/clusterRun.ts';
import { followRun } from '../../cluster/run/followRun.ts';
import { submitAttribution } from '../../cluster/run/submitAttribution.ts';
import type { RunStatus } from '../../cluster/status/runStatus.ts';
import type { Phase } from '../../record/phases.ts';
import type { RunInputs } from '../../run/files/runOutputs.ts';
import type { OnRunEvent } from '../../run/progress/runEvents.ts';
import type { RunPlan } from '../ask/askSettings.ts';
import type { Jobs } from '../jobs/jobs.ts';
import { messageOf, notice } from '../jobs/messageOf.ts';
import { slurmConfiguration } from '../jobs/slurmSettings.ts';
import { inspectorViewType } from '../page/inspectorViewType.ts';

/* A run on a Slurm cluster from VS Code: submitted, followed, and opened in the inspector when it is done. No model runs here. */

/** What a phase of the cluster is called everywhere else. */
const phases: Readonly<Record<string, Phase>> = {
  base: 'base entropy',
  sft: 'SFT entropy',
  attribution: 'attribution',
  merge: 'rank',
};

/** Tells of the first phase that is not done: how many of its tasks are. */
function tellOf(onEvent: OnRunEvent): (status: RunStatus) => void {
  let last: string | undefined;
  return ({ phases: seen }) => {
    const at = seen.find(({ tasks }) => tasks.some(({ state }) => state !== 'done'));
    const phase = at === undefined ? undefined : phases[at.name];
    if (at === undefined || phase === undefined) return;
    if (phase !== last) onEvent({ type: 'phase', phase });
    last = phase;
    const done = at.tasks.filter(({ state }) => state === 'done').length;
    onEvent({ type: 'progress', phase, done, total: at.tasks.length, unit: 'steps' });
  };
}

/** Runs attribution on the cluster, from inputs to an open inspector. */
export async function runOnSlurm(jobs: Jobs, inputs: RunInputs, { settings, record }: RunPlan): Promise<void> {
  const named = `Rejuvenation of ${basename(inputs.sft)} on Slurm`;
  let submitted: ClusterRun | undefined;
  const done = await jobs.run(
    named,
    async ({ onEvent, signal }) => {
      const run = await submitAttribution({ inputs, record, settings, ...slurmConfiguration() });
      submitted = run;
      onEvent({
        type: 'note',
        text: `Submitted to Slurm as run ${run.plan.id}; scripts and logs are in ${run.folder}`,
      });
      const say = (text: string) => onEvent({ type: 'note', text });
      await followRun(run, { signal, onStatus: tellOf(onEvent), say });
      return run;
    },
    {
      text: 'Its jobs on Slurm go on; start it again to follow them.',
      action: 'Cancel Jobs',
      act: () => cancelJobs(submitted),
    },
  );
  if (done === undefined) return;
  await commands.executeCommand('vscode.openWith', Uri.file(done.plan.outputs.record!), inspectorViewType);
}

async function cancelJobs(run: ClusterRun | undefined): Promise<void> {
  if (run === undefined) return;
  try {
    const tasks = await cancelRun(run, true);
    void window.showInformationMessage(notice(`Cancelled ${tasks === 1 ? 'one task' : `${tasks} tasks`} on Slurm.`));
  } catch (error) {
    void window.showErrorMessage(messageOf(error));
  }
}
