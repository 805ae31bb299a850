import { basename } from 'node:path';
import { type Uri, window } from 'vscode';
import { readStoppedRun } from '../../run/resume/stoppedRun.ts';
import type { Jobs } from '../jobs/jobs.ts';
import { messageOf } from '../jobs/messageOf.ts';
import { requireTrust } from '../jobs/trust.ts';
import { findStopped, recordOfPartial, runName } from '../runs/runNode.ts';
import { mayRunHere } from '../slurm/mayRunHere.ts';
import { rejuvenate } from './rejuvenate.ts';

/* The command *Resume Run…*: goes on with a run that was stopped, as it was asked for. */

/**
 * *Resume Run…*
 * @param partial the folder of unfinished work; asked for among the workspace's when left out
 */
export async function resumeRun(jobs: Jobs, partial?: Uri): Promise<void> {
  if (!requireTrust()) return;
  try {
    const folder = partial ?? (await askStopped());
    if (folder === undefined || !(await mayRunHere('resumption'))) return;
    const { inputs, settings, outputs } = await readStoppedRun(folder.fsPath);
    // Where the folder lies now decides; it may have been moved together with its record's place.
    const record = recordOfPartial(folder).fsPath;
    await rejuvenate(jobs, inputs, { settings, record, scores: outputs.scores });
  } catch (error) {
    void window.showErrorMessage(messageOf(error));
  }
}

async function askStopped(): Promise<Uri | undefined> {
  const found = await findStopped();
  if (found.length === 0) {
    void window.showInformationMessage('No stopped run was found in this workspace.');
    return undefined;
  }
  const items = found.map((folder) => ({
    label: runName(recordOfPartial(folder).fsPath),
    description: basename(folder.fsPath),
    folder,
  }));
  const chosen = await window.showQuickPick(items, {
    title: 'Resume Run',
    placeHolder: 'A run that was stopped',
    ignoreFocusOut: true,
  });
  return chosen?.folder;
}
